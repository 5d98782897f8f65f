//! Applications, groups, memberships, sessions and mutes, through the public interface.

mod life;
mod mutants;
mod script;
mod world;
