// The entry of libpavlov_torch_backend.so.
#include "pavlov/nets/torch/backend_table.h"
#include "pavlov/nets/torch/linked_torch.h"

extern "C" __attribute__((visibility("default"))) const pavlov::nets::TorchBackend&
PAVLOV_TORCH_ENTRY();

const pavlov::nets::TorchBackend& PAVLOV_TORCH_ENTRY() {
  static constexpr pavlov::nets::TorchBackend kBackend = {pavlov::nets::make_linked_torch_mlp,
                                                          pavlov::nets::linked_torch_description};
  return kBackend;
}
