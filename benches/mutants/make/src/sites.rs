//! Finds the places in a file where a switch can stand.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::listed::{Genre, Listed};

/// A place and the changes that can be made there.
#[derive(Clone, Debug)]
pub struct Site {
    /// What the switch stands around, in bytes of the file; empty where it is only put in.
    pub range: Range<usize>,
    /// How it stands there.
    pub form: Form,
    /// The changes: number, what is taken away, what stands there afterwards.
    pub changes: Vec<Change>,
}

/// A change at its place.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its number.
    pub number: u32,
    /// What is taken away, in bytes of the file.
    pub taken: Range<usize>,
    /// What stands there afterwards.
    pub given: String,
}

/// How a switch stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Around an expression.
    Around,
    /// Around statements.
    Statement,
    /// At the beginning of a function's body: the body is left at once.
    Body,
    /// Behind a pattern: the arm is passed over.
    Arm,
    /// The word `const` before a function goes: a switch is no constant.
    Const,
}

/// The places of a file, and the changes that cannot stand behind a switch because they do not parse.
#[derive(Debug, Default)]
pub struct Places {
    /// In order; a place comes before those within it.
    pub sites: Vec<Site>,
    /// Numbers of changes that are no program.
    pub no_program: Vec<u32>,
}

/// Finds the places for changes in a file. `constant` names the functions that constants need, which stay as they are.
///
/// # Errors
/// When the text is no Rust file.
pub fn places(
    text: &str,
    changes: &[(u32, &Listed)],
    constant: &BTreeSet<String>,
) -> Result<Places, syn::Error> {
    let file = syn::parse_file(text)?;
    let mut by_place: BTreeMap<(Genre, usize), Vec<Change>> = BTreeMap::new();
    // What our own operators made is a whole expression or statement, and knows its place.
    let mut by_range: BTreeMap<(usize, usize), (Form, Vec<Change>)> = BTreeMap::new();
    for (number, listed) in changes {
        let (Some(start), Some(end)) = (listed.span.start.offset(text), listed.span.end.offset(text)) else {
            continue;
        };
        let change = Change { number: *number, taken: start..end, given: listed.replacement.clone() };
        let form = match listed.genre {
            Genre::Expression => Form::Around,
            Genre::Statement => Form::Statement,
            genre => {
                by_place.entry((genre, start)).or_default().push(change);
                continue;
            }
        };
        by_range.entry((start, end)).or_insert_with(|| (form, Vec::new())).1.push(change);
    }
    let mut finder =
        Finder { by_place, constant, within: None, places: Places::default(), closed: Vec::new() };
    finder.visit_file(&file);
    for ((start, end), (form, changes)) in by_range {
        if !finder.closed.iter().any(|closed| closed.contains(&start)) {
            finder.put(start..end, form, changes);
        }
    }
    let mut places = finder.places;
    places.sites.sort_by_key(|site| (site.range.start, std::cmp::Reverse(site.range.end)));
    Ok(places)
}

struct Finder<'c> {
    by_place: BTreeMap<(Genre, usize), Vec<Change>>,
    constant: &'c BTreeSet<String>,
    /// The type whose functions these are.
    within: Option<String>,
    places: Places,
    /// Functions in which no switch can stand.
    closed: Vec<Range<usize>>,
}

impl Finder<'_> {
    fn take(&mut self, genre: Genre, start: usize) -> Vec<Change> {
        self.by_place.remove(&(genre, start)).unwrap_or_default()
    }

    fn put(&mut self, range: Range<usize>, form: Form, changes: Vec<Change>) {
        if !changes.is_empty() || form == Form::Const {
            self.places.sites.push(Site { range, form, changes });
        }
    }

    /// Whether switches can stand in a function.
    fn enter(&mut self, public: bool, signature: &syn::Signature, block: &syn::Block) -> bool {
        if let Some(word) = signature.constness {
            // A constant of another package may need it, which is built only after the last round.
            if public {
                self.closed.push(block.span().byte_range());
                return false;
            }
            let name = signature.ident.to_string();
            let full = self.within.as_ref().map_or_else(|| name.clone(), |owner| format!("{owner}::{name}"));
            if self.constant.contains(&full) {
                self.closed.push(block.span().byte_range());
                return false;
            }
            self.put(word.span.byte_range(), Form::Const, Vec::new());
        }
        if let Some(first) = block.stmts.first() {
            let changes = self.take(Genre::FnValue, first.span().byte_range().start);
            let place = block.brace_token.span.open().byte_range().end;
            self.put(place..place, Form::Body, changes);
        }
        true
    }

    /// The changes of all operators of one expression: another operator may bind the operands otherwise.
    fn operators(&mut self, node: &syn::ExprBinary, changes: &mut Vec<Change>) {
        changes.extend(self.take(Genre::BinaryOperator, node.op.span().byte_range().start));
        for side in [&*node.left, &*node.right] {
            match side {
                syn::Expr::Binary(inner) => self.operators(inner, changes),
                other => self.visit_expr(other),
            }
        }
    }
}

const fn is_public(visibility: &syn::Visibility) -> bool {
    matches!(visibility, syn::Visibility::Public(_))
}

/// Whether an expression binds names on the way, so that no switch can stand around it.
fn binds(node: &syn::Expr) -> bool {
    match node {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(inner) => binds(&inner.left) || binds(&inner.right),
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        let within = self.within.take();
        if self.enter(is_public(&node.vis), &node.sig, &node.block) {
            visit::visit_item_fn(self, node);
        }
        self.within = within;
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        if self.enter(is_public(&node.vis), &node.sig, &node.block) {
            visit::visit_impl_item_fn(self, node);
        }
    }

    fn visit_trait_item_fn(&mut self, node: &'ast syn::TraitItemFn) {
        if node.default.as_ref().is_none_or(|block| self.enter(true, &node.sig, block)) {
            visit::visit_trait_item_fn(self, node);
        }
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        if let syn::Type::Path(path) = &*node.self_ty {
            self.within = path.path.segments.last().map(|segment| segment.ident.to_string());
        }
        visit::visit_item_impl(self, node);
        self.within = None;
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        if binds(&node.left) || binds(&node.right) {
            let changes = self.take(Genre::BinaryOperator, node.op.span().byte_range().start);
            self.places.no_program.extend(changes.iter().map(|change| change.number));
            visit::visit_expr_binary(self, node);
            return;
        }
        let mut changes = Vec::new();
        self.operators(node, &mut changes);
        self.put(node.span().byte_range(), Form::Around, changes);
    }

    fn visit_expr_unary(&mut self, node: &'ast syn::ExprUnary) {
        let range = node.span().byte_range();
        let changes = self.take(Genre::UnaryOperator, range.start);
        self.put(range, Form::Around, changes);
        visit::visit_expr_unary(self, node);
    }

    fn visit_expr_struct(&mut self, node: &'ast syn::ExprStruct) {
        let mut changes = Vec::new();
        for field in &node.fields {
            changes.extend(self.take(Genre::StructField, field.span().byte_range().start));
        }
        self.put(node.span().byte_range(), Form::Around, changes);
        visit::visit_expr_struct(self, node);
    }

    fn visit_arm(&mut self, node: &'ast syn::Arm) {
        let changes = self.take(Genre::MatchArm, node.span().byte_range().start);
        let behind = node.pat.span().byte_range().end;
        self.put(behind..behind, Form::Arm, changes);
        if let syn::Pat::Guard(guarded) = &node.pat {
            let range = guarded.guard.span().byte_range();
            let changes = self.take(Genre::MatchArmGuard, range.start);
            if !binds(&guarded.guard) {
                self.put(range, Form::Around, changes);
            }
            self.visit_expr(&guarded.guard);
        }
        visit::visit_arm(self, node);
    }

    // What is computed when the program is built cannot be switched when it runs.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_type_array(&mut self, _: &'ast syn::TypeArray) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_expr_repeat(&mut self, node: &'ast syn::ExprRepeat) {
        self.visit_expr(&node.expr);
    }
}
