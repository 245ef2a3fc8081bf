/* Runs before Rust's runtime, which opens /dev/null for reading and writing if stdout is closed, so that every lost write
 * succeeds. If stdout is closed, this opens /dev/null for reading only: a write fails with EBADF, as it would without Rust,
 * and no other file gets the descriptor. See docs/decisions/0009-closed-stdout.md. */
#include <fcntl.h>

__attribute__((constructor)) static void writes_to_a_closed_stdout_fail(void) {
    while (fcntl(1, F_GETFD) == -1 && open("/dev/null", O_RDONLY) >= 0) {
    }
}
