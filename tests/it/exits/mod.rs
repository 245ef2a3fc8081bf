//! What leaves the program: no secret by any door, nothing lost in silence, nothing that a peer could forge.

mod desks;
mod echo;
mod endpoints;
mod mistakes;
mod output;
mod peers;
mod providers;
mod typed;
