#include <stddef.h>
#include <valgrind/callgrind.h>
#include <valgrind/memcheck.h>

unsigned request_is_valgrind(void) { return RUNNING_ON_VALGRIND; }

unsigned request_reports(void) { return VALGRIND_COUNT_ERRORS; }

void request_secret(const void *start, size_t length) {
    VALGRIND_MAKE_MEM_UNDEFINED(start, length);
}

void request_public(const void *start, size_t length) {
    VALGRIND_MAKE_MEM_DEFINED(start, length);
}

void request_count_from_here(void) { CALLGRIND_ZERO_STATS; }

void request_count_to_here(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
