/* Sets the time of day of a process apart by CLOCK_APART seconds, when loaded by LD_PRELOAD.
 * Seconds pass as ever: only CLOCK_REALTIME is moved. libfaketime, which could do the same,
 * makes Python's time.sleep fail when it is told to leave the other clocks alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    const char *apart = getenv("CLOCK_APART");
    if (!result && clock == CLOCK_REALTIME && apart) now->tv_sec += atol(apart);
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec precise;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return result;
}

time_t time(time_t *now) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (now) *now = precise.tv_sec;
    return precise.tv_sec;
}
