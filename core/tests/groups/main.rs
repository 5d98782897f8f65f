//! Applications, groups, memberships, sessions and mutes, through the public interface.

mod damage;
mod ending;
mod life;
mod mutants;
mod random;
mod refusals;
mod script;
mod sessions;
mod supergroup;
#[path = "../common/unnoticed.rs"]
mod unnoticed;
mod world;
