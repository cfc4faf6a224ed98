/* Sets the time of day of a process apart by CLOCK_APART seconds, when loaded by LD_PRELOAD; or by
 * the number in the file CLOCK_APART_FILE, which may change while the process runs.
 * Seconds pass as ever: only CLOCK_REALTIME is moved. libfaketime, which could do the same,
 * makes Python's time.sleep fail when it is told to leave the other clocks alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long apart(void) {
    const char *seconds = getenv("CLOCK_APART"), *path = getenv("CLOCK_APART_FILE");
    char text[16] = "";
    if (!path) return seconds ? atol(seconds) : 0;
    int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    return atol(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    if (!result && clock == CLOCK_REALTIME) now->tv_sec += apart();
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
