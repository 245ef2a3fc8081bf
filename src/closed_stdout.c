/* Runs before Rust's runtime, which opens /dev/null for reading and writing where stdout is closed, and so makes a success
 * of every write that is lost. Where stdout is closed, /dev/null is opened for reading alone: a write fails with EBADF, as
 * it would without Rust, and no other file takes the number. See docs/decisions/0009-closed-stdout.md. */
#include <fcntl.h>

__attribute__((constructor)) static void writes_to_a_closed_stdout_fail(void) {
    while (fcntl(1, F_GETFD) == -1 && open("/dev/null", O_RDONLY) >= 0) {
    }
}
