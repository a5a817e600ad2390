/* The one function of Windows' bcryptprimitives.dll that Rust's standard library calls, for Wine 8, which
   lacks this library. It is in no artefact. */
#include <windows.h>

BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T length) {
  return SystemFunction036(bytes, (ULONG)length);
}
