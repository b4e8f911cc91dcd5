#include "pavlov/kernels/cuda/library_product.h"

#include <cublas_v2.h>
#include <dlfcn.h>

#include <limits>
#include <memory>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/shapes.h"
#include "pavlov/kernels/memory.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr double kLeastWork = 0x1p25;                      // multiply-adds
constexpr std::size_t kWorkspace = std::size_t{32} << 20;  // bytes: what cuBLAS asks for on Hopper

// The functions of the library that are used; all null where it cannot be loaded.
struct Functions {
  decltype(cublasCreate_v2)* create = nullptr;
  decltype(cublasDestroy_v2)* destroy = nullptr;
  decltype(cublasSetStream_v2)* set_stream = nullptr;
  decltype(cublasSetWorkspace_v2)* set_workspace = nullptr;
  decltype(cublasSgemm_v2)* sgemm = nullptr;
  decltype(cublasGetStatusString)* status_text = nullptr;

  bool loaded() const {
    return create != nullptr && destroy != nullptr && set_stream != nullptr &&
           set_workspace != nullptr && sgemm != nullptr && status_text != nullptr;
  }
};

Functions load() {
  Functions f;
  const std::string name = "libcublas.so." + std::to_string(CUBLAS_VER_MAJOR);
  void* const library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return f;
  const auto find = [library](auto*& function, const char* symbol) {
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
  };
  find(f.create, "cublasCreate_v2");
  find(f.destroy, "cublasDestroy_v2");
  find(f.set_stream, "cublasSetStream_v2");
  find(f.set_workspace, "cublasSetWorkspace_v2");
  find(f.sgemm, "cublasSgemm_v2");
  find(f.status_text, "cublasGetStatusString");
  return f;
}

const Functions& functions() {
  static const Functions loaded = load();
  return loaded;
}

void check_status(cublasStatus_t status, const Operation& operation) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw_runtime("cuda", operation.text() + ": cuBLAS says " + functions().status_text(status));
}

// A handle bound to one stream, and its workspace.
class Handle {
 public:
  explicit Handle(Stream& stream) : workspace_({kWorkspace}, Device::cuda) {
    const Operation operation{"handle of cuBLAS"};
    check_status(functions().create(&handle_), operation);
    try {
      // In this order: the stream resets the workspace.
      check_status(functions().set_stream(handle_, static_cast<cudaStream_t>(stream.native())),
                   operation);
      check_status(functions().set_workspace(handle_, workspace_.data(), kWorkspace), operation);
    } catch (...) {
      functions().destroy(handle_);
      throw;
    }
  }
  ~Handle() { functions().destroy(handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  cublasHandle_t get() const { return handle_; }

 private:
  TensorOf<std::uint8_t> workspace_;
  cublasHandle_t handle_ = nullptr;
};

cublasHandle_t handle_of(Stream& stream) {
  std::shared_ptr<void>& slot = stream.attachment();
  if (slot == nullptr) slot = std::make_shared<Handle>(stream);
  return static_cast<const Handle*>(slot.get())->get();
}

int as_int(std::size_t size) {
  if (size > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw_argument("linear", "size " + std::to_string(size) + ": must be below 2^31");
  }
  return static_cast<int>(size);
}

}  // namespace

bool library_is_faster(std::size_t rows, std::size_t cols, std::size_t depth) {
  const double work =
      static_cast<double>(rows) * static_cast<double>(cols) * static_cast<double>(depth);
  return work >= kLeastWork && functions().loaded();
}

void library_product(Stream& stream, const LibraryFactor& a, const LibraryFactor& b, bool add,
                     MatrixView c) {
  const std::size_t depth = a.transposed ? a.matrix.rows : a.matrix.cols;
  const Operation operation{"product", {c.rows, c.cols, depth}};
  const float one = 1.0f, start = add ? 1.0f : 0.0f;
  // The library's matrices lie by columns: it sees the transpose of each of ours, and c^T = b^T
  // a^T.
  const auto order = [](const LibraryFactor& f) {
    return f.transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  };
  check_status(
      functions().sgemm(handle_of(stream), order(b), order(a), as_int(c.cols), as_int(c.rows),
                        as_int(depth), &one, b.matrix.data, as_int(b.matrix.stride), a.matrix.data,
                        as_int(a.matrix.stride), &start, c.data, as_int(c.stride)),
      operation);
  stream.enqueued(operation);
}

}  // namespace pavlov::kernels::cuda
