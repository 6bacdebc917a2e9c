//! The HTTP contract, from outside: a real server on a free port, a real SQLite file, one method a request.

mod accounts;
mod bad_input;
mod devices;
mod events;
mod faults;
mod leaks;
mod nodes;
mod operation;
mod pages;
mod password;
mod profiles;
mod refresh;
mod services;
mod support;
mod tokens;
