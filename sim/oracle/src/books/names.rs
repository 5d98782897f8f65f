//! The model's own table of names.
//!
//! A name is looked up in the service once, the first time it comes up, because the service gives the numbers that its
//! outputs carry. From then on it stands for that number, whatever the service would say: a service that takes one name
//! for another is judged by what it does to the group or user that was meant. And no two names may share a number.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use claque_core::{AppIx, GroupIx, HitCounts, Mutants, Rule, Service, UserIx};
use foldhash::quality::FixedState;
use hashbrown::HashMap;

use crate::dense::{Dense, Number};
use crate::evidence;
use crate::evidence::Evidence;

type ById<I> = HashMap<Arc<str>, I, FixedState>;

/// The names of one kind, within applications.
#[derive(Clone, Debug)]
struct NameTable<I> {
    numbers: BTreeMap<AppIx, ById<I>>,
    names: Dense<I, (AppIx, Arc<str>)>,
}

impl<I> Default for NameTable<I> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), names: Dense::default() }
    }
}

impl<I: Number + PartialEq> NameTable<I> {
    fn find(&self, app: AppIx, id: &str) -> Option<I> {
        self.numbers.get(&app)?.get(id).copied()
    }

    /// Takes a name in; what is wrong with that, if anything.
    fn learn(&mut self, app: AppIx, id: &str, number: I) -> Option<Evidence> {
        let known = self.find(app, id);
        if known == Some(number) {
            return None;
        }
        let other = self.names.get(number).map(|(_, other)| Arc::clone(other));
        if let Some(other) = other {
            let (id, other) = (id.to_owned(), other.to_string());
            return Some(evidence!("the name ", id, " stands for what has the name ", other));
        }
        if known.is_some() {
            return Some(evidence!("the name ", id.to_owned(), " stands for another one than before"));
        }
        let id: Arc<str> = id.into();
        self.numbers.entry(app).or_default().insert(Arc::clone(&id), number);
        self.names.insert(number, (app, id));
        None
    }
}

/// The names, which the judgements of a call share while the rest of the books changes.
#[derive(Debug, Default)]
pub(crate) struct SharedNames(Rc<NameBooks>);

impl SharedNames {
    /// The names, for one call.
    pub(crate) fn share(&self) -> Rc<NameBooks> {
        Rc::clone(&self.0)
    }
}

impl Deref for SharedNames {
    type Target = NameBooks;

    fn deref(&self) -> &NameBooks {
        &self.0
    }
}

impl Clone for SharedNames {
    fn clone(&self) -> Self {
        // A copy of the names and not one more share of them: what the copy of a model learns, the model did not.
        Self(Rc::new(NameBooks::clone(&self.0)))
    }
}

/// All names.
#[derive(Clone, Debug, Default)]
pub(crate) struct NameBooks {
    apps: RefCell<ById<AppIx>>,
    groups: RefCell<NameTable<GroupIx>>,
    users: RefCell<NameTable<UserIx>>,
    /// What was wrong with a name first.
    wrong: RefCell<Option<(Rule, Evidence)>>,
}

impl NameBooks {
    /// The application of that ID, deleted or not.
    pub(crate) fn app<D: Mutants>(&self, service: &Service<HitCounts, D>, id: &str) -> Option<AppIx> {
        if let Some(app) = self.apps.borrow().get(id) {
            return Some(*app);
        }
        let app = service.find_app(id)?;
        let taken = self.apps.borrow().iter().find(|(_, other)| **other == app).map(|(id, _)| id.to_string());
        match taken {
            Some(other) => {
                let said = evidence!("the name ", id.to_owned(), " stands for application ", other);
                // And no number is given back: what is said under the second name is judged of nobody, instead of the
                // application that the first one means.
                self.object(Rule::AppScopeSeparates, Some(said));
                None
            }
            None => {
                self.apps.borrow_mut().insert(id.into(), app);
                Some(app)
            }
        }
    }

    /// The group of that ID, live or deleted.
    pub(crate) fn group<D: Mutants>(
        &self,
        service: &Service<HitCounts, D>,
        app: AppIx,
        id: &str,
    ) -> Option<GroupIx> {
        let known = self.groups.borrow().find(app, id);
        known.or_else(|| {
            let group = service.find_group(app, id)?;
            // Judged under its number all the same: a service that answers for a group by another's is wrong in what
            // it does, too, and one objection is kept.
            let wrong = self.groups.borrow_mut().learn(app, id, group);
            self.object(Rule::GroupIdUnique, wrong);
            Some(group)
        })
    }

    /// The user of that ID.
    pub(crate) fn user<D: Mutants>(
        &self,
        service: &Service<HitCounts, D>,
        app: AppIx,
        id: &str,
    ) -> Option<UserIx> {
        let known = self.users.borrow().find(app, id);
        known.or_else(|| {
            let user = service.find_user(app, id)?;
            self.learn_user(app, id, user);
            Some(user)
        })
    }

    /// A user who has logged on under a name.
    pub(crate) fn learn_user(&self, app: AppIx, id: &str, user: UserIx) {
        let wrong = self.users.borrow_mut().learn(app, id, user);
        self.object(Rule::AppScopeSeparates, wrong);
    }

    /// The application of a user, and the user's ID; none: the model never heard of it.
    pub(crate) fn of_user(&self, user: UserIx) -> Option<(AppIx, Arc<str>)> {
        self.users.borrow().names.get(user).cloned()
    }

    /// The ID of a group; none: the model never heard of it.
    pub(crate) fn of_group(&self, group: GroupIx) -> Option<Arc<str>> {
        self.groups.borrow().names.get(group).map(|(_, id)| Arc::clone(id))
    }

    /// The ID of an application; none: the model never heard of it.
    pub(crate) fn of_app(&self, app: AppIx) -> Option<Arc<str>> {
        self.apps.borrow().iter().find(|(_, known)| **known == app).map(|(id, _)| Arc::clone(id))
    }

    fn object(&self, rule: Rule, wrong: Option<Evidence>) {
        if let Some(said) = wrong {
            self.wrong.borrow_mut().get_or_insert((rule, said));
        }
    }

    /// What was wrong with a name since this was asked last.
    pub(crate) fn take_wrong(&self) -> Option<(Rule, Evidence)> {
        self.wrong.borrow_mut().take()
    }
}

#[cfg(test)]
mod tests {
    use claque_core::{AppIx, GroupIx, UserIx};

    use super::{NameBooks, NameTable};

    #[test]
    fn a_name_keeps_its_number_and_shares_it_with_no_other() {
        let mut table: NameTable<GroupIx> = NameTable::default();
        assert_eq!(table.learn(AppIx(0), "g1", GroupIx(0)), None);
        assert_eq!(table.learn(AppIx(0), "g1", GroupIx(0)), None);
        assert_eq!(table.learn(AppIx(1), "g1", GroupIx(1)), None, "another application's of the same ID");
        let said = |wrong: Option<crate::evidence::Evidence>| wrong.map(|it| it.to_string());
        assert_eq!(
            said(table.learn(AppIx(0), "G1", GroupIx(0))).as_deref(),
            Some("the name G1 stands for what has the name g1")
        );
        assert_eq!(
            said(table.learn(AppIx(0), "g1", GroupIx(7))).as_deref(),
            Some("the name g1 stands for another one than before")
        );
        assert_eq!(table.find(AppIx(0), "g1"), Some(GroupIx(0)));
    }

    #[test]
    fn a_user_of_two_names_is_objected_to() {
        let names = NameBooks::default();
        names.learn_user(AppIx(0), "ann", UserIx(4));
        assert!(names.take_wrong().is_none());
        names.learn_user(AppIx(0), "Ann", UserIx(4));
        assert!(names.take_wrong().is_some());
        assert_eq!(names.of_user(UserIx(4)), Some((AppIx(0), "ann".into())));
    }
}
