//! Many places in one run: how fast they are called.

mod pace;
