//! The HTTP contract, from outside: a real server on a free port, a real SQLite file, one method a request.

mod accounts;
mod admin;
mod bad_input;
mod clocks;
mod devices;
mod endings;
mod events;
mod faults;
mod hashing;
mod keys;
mod leaks;
mod mail;
mod nodes;
mod operation;
mod outages;
mod overtaken;
mod pages;
mod password;
mod policy;
mod profiles;
mod recovery;
mod refresh;
mod services;
mod step_up;
mod support;
mod tokens;
