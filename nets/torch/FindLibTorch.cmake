# Finds the CPU side of LibTorch: target libtorch::cpu.
#
# Not by LibTorch's own package: that of a CUDA wheel stops where there is no CUDA toolkit, probes and
# changes the flags of CUDA where there is one, and links the CUDA libraries, which nothing here
# uses. Debian: libtorch-dev. A wheel: -D CMAKE_PREFIX_PATH=<site-packages>/torch (2.7 or newer; an
# older one has the other ABI of libstdc++).
find_path(LibTorch_INCLUDE_DIR torch/csrc/api/include/torch/torch.h
  DOC "The folder of LibTorch's headers")
mark_as_advanced(LibTorch_INCLUDE_DIR)
if(LibTorch_INCLUDE_DIR)
  # From the same prefix: a wheel's headers with the libraries of the system would link and crash.
  get_filename_component(prefix ${LibTorch_INCLUDE_DIR} DIRECTORY)
  foreach(library torch_cpu c10)
    find_library(LibTorch_${library}_LIBRARY ${library} NO_DEFAULT_PATH
      PATHS ${prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE} ${prefix}/lib ${prefix}/lib64)
    mark_as_advanced(LibTorch_${library}_LIBRARY)
  endforeach()
  set(version_file ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include/torch/version.h)
  if(EXISTS ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)  # newer ones
    set(version_file ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
  endif()
  file(STRINGS ${version_file} lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX MATCHALL "[0-9]+" LibTorch_VERSION "${lines}")
  string(REPLACE ";" "." LibTorch_VERSION "${LibTorch_VERSION}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_torch_cpu_LIBRARY LibTorch_c10_LIBRARY LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION)

if(LibTorch_FOUND AND NOT TARGET libtorch::cpu)
  add_library(libtorch::c10 SHARED IMPORTED)
  set_target_properties(libtorch::c10 PROPERTIES IMPORTED_LOCATION ${LibTorch_c10_LIBRARY})
  add_library(libtorch::cpu SHARED IMPORTED)
  set_target_properties(libtorch::cpu PROPERTIES
    IMPORTED_LOCATION ${LibTorch_torch_cpu_LIBRARY}
    INTERFACE_LINK_LIBRARIES libtorch::c10
    INTERFACE_INCLUDE_DIRECTORIES
      "${LibTorch_INCLUDE_DIR};${LibTorch_INCLUDE_DIR}/torch/csrc/api/include")
endif()
