#include <stddef.h>
#include <valgrind/memcheck.h>

unsigned request_is_valgrind(void) { return RUNNING_ON_VALGRIND; }

unsigned request_reports(void) { return VALGRIND_COUNT_ERRORS; }

void request_secret(const void *start, size_t length) {
    VALGRIND_MAKE_MEM_UNDEFINED(start, length);
}

void request_public(const void *start, size_t length) {
    VALGRIND_MAKE_MEM_DEFINED(start, length);
}
