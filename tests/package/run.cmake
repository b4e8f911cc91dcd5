# Installs a build, moves the installed tree, and builds and runs the project consumer/ against it:
#   cmake -D BUILD=<build> -D WORK=<folder> -D CONFIG=<type> -D GENERATOR=<name> -D COMPILER=<c++>
#         -D LINK_FLAGS=<flags> -D TORCH=<0 or 1> -D LIBTORCH=<its folder> -P run.cmake
# A build with sanitizers or coverage needs their libraries at the link, hence LINK_FLAGS.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE result)
  if(result)
    list(JOIN ARGV " " command)
    message(FATAL_ERROR "package test: failed (${result}): ${command}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/build)
run(${CMAKE_COMMAND} --install ${BUILD} --config ${CONFIG} --prefix ${WORK}/first)
# What is installed must work from anywhere, and know neither the sources nor the build.
file(RENAME ${WORK}/first ${WORK}/prefix)
file(GLOB_RECURSE cmake_files ${WORK}/prefix/*.cmake)
if(NOT cmake_files)
  message(FATAL_ERROR "package test: no CMake package was installed")
endif()
get_filename_component(sources ${CMAKE_CURRENT_LIST_DIR}/../.. REALPATH)
foreach(file ${cmake_files})
  file(READ ${file} text)
  foreach(folder ${sources} ${BUILD} ${WORK}/first)
    string(FIND "${text}" "${folder}" found)
    if(NOT found EQUAL -1)
      message(FATAL_ERROR "package test: ${file} names ${folder}")
    endif()
  endforeach()
endforeach()

run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${WORK}/build -G ${GENERATOR}
  -D CMAKE_CXX_COMPILER=${COMPILER} -D CMAKE_BUILD_TYPE=${CONFIG}
  -D CMAKE_PREFIX_PATH=${WORK}/prefix -D LibTorch_ROOT=${LIBTORCH} -D CMAKE_EXE_LINKER_FLAGS=${LINK_FLAGS})
run(${CMAKE_COMMAND} --build ${WORK}/build --config ${CONFIG})
execute_process(COMMAND ${WORK}/build/consumer WORKING_DIRECTORY ${WORK}/build
  OUTPUT_VARIABLE output RESULT_VARIABLE result)
if(result OR NOT output MATCHES "^CartPole-v1: [1-9][0-9]* steps\n$")
  message(FATAL_ERROR "package test: the consumer ended with ${result} and said: ${output}")
endif()
message(STATUS "package test: ${output}")

# The program finds the library with LibTorch where both were installed, and does without it.
function(expect_info pattern)
  execute_process(COMMAND ${WORK}/prefix/bin/pavlov info OUTPUT_VARIABLE output RESULT_VARIABLE result)
  if(result OR NOT output MATCHES "libtorch +${pattern}")
    message(FATAL_ERROR "package test: pavlov info ended with ${result} and said: ${output}")
  endif()
endfunction()

if(TORCH)
  execute_process(COMMAND ${WORK}/build/consumer_torch WORKING_DIRECTORY ${WORK}/build
    OUTPUT_VARIABLE output RESULT_VARIABLE result)
  if(result OR NOT output STREQUAL "backend 2, module 2\n")
    message(FATAL_ERROR "package test: consumer_torch ended with ${result} and said: ${output}")
  endif()
  if(EXISTS ${WORK}/prefix/bin/pavlov)
    expect_info("[0-9.]+, 1 thread")
    file(GLOB_RECURSE library ${WORK}/prefix/*/libpavlov_torch_backend.so)
    file(REMOVE ${library})
    expect_info("not used: LibTorch cannot be loaded: libpavlov_torch_backend.so")
  endif()
elseif(EXISTS ${WORK}/prefix/bin/pavlov)
  expect_info("not used: this build has no LibTorch")
endif()
