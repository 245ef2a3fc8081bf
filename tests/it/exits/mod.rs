//! The program's output: secrets never leak, nothing is lost silently, and peers can't forge output.

mod desks;
mod echo;
mod endpoints;
mod mistakes;
mod output;
mod peers;
mod providers;
mod typed;
