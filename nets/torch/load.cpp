// The library with LibTorch, loaded when it is first asked for.
#include <dlfcn.h>

#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/torch/backend_table.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::nets {
namespace {

constexpr const char* kFile = "libpavlov_torch_backend.so";

struct Loaded {
  const TorchBackend* backend = nullptr;
  std::string error;
};

Loaded load() {
  // Looked for on the run path of this program, then where the system looks.
  void* library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  void* entry = library == nullptr ? nullptr : dlsym(library, PAVLOV_TORCH_ENTRY_NAME);
  if (entry != nullptr) return {&reinterpret_cast<TorchBackendEntry>(entry)(), {}};
  return {nullptr, std::string("LibTorch cannot be loaded: ") + dlerror() +
                       "; Debian has it as libtorch-dev, and the library of ours belongs beside "
                       "the program or on LD_LIBRARY_PATH"};
}

const Loaded& loaded() {
  static const Loaded once = load();
  return once;
}

}  // namespace

std::unique_ptr<Network> make_torch_mlp(const MlpConfig& config) {
  if (loaded().backend == nullptr) kernels::throw_runtime("torch", loaded().error);
  return loaded().backend->make_mlp(config);
}

bool torch_available(std::string& description) {
  const TorchBackend* backend = loaded().backend;
  description = backend == nullptr ? loaded().error : backend->describe();
  return backend != nullptr;
}

}  // namespace pavlov::nets
