//! Finds where the operators fit in a file.

use std::ops::Range;

use proc_macro2::Span as Tokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::listed::{Genre, Listed, Point, Span};
use crate::operators::{Alteration, OPERATORS, Operator};

/// Changes of all operators to a file.
///
/// # Errors
/// When the text is no Rust file.
pub fn changes(file: &str, text: &str) -> Result<Vec<Listed>, syn::Error> {
    let parsed = syn::parse_file(text)?;
    let mut finder = MistakeFinder { file, text, within: String::new(), made: Vec::new() };
    finder.visit_file(&parsed);
    Ok(finder.made)
}

/// Statements with a hand-written bug in them are left alone up to so many lines.
const SWITCHED_LINES_MAX: usize = 12;

struct MistakeFinder<'t> {
    file: &'t str,
    text: &'t str,
    /// The function around.
    within: String,
    made: Vec<Listed>,
}

impl MistakeFinder<'_> {
    fn of(&self, tokens: Tokens) -> &str {
        &self.text[tokens.byte_range()]
    }

    /// Notes what stands at a place afterwards.
    fn change(&mut self, operator: &Operator, genre: Genre, range: Range<usize>, given: String) {
        let point = |at| Point::of(self.text, at);
        let span = Span { start: point(range.start), end: point(range.end) };
        let Point { line, column } = span.start;
        let shown: String = given.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
        let name = format!(
            "{}:{line}:{column}: {} ({}) in {}: {shown}",
            self.file, operator.name, operator.kind, self.within
        );
        let file = self.file.to_owned();
        self.made.push(Listed { name, file, genre, replacement: given, span, rules: Vec::new() });
    }

    /// Puts `given` in the place of a part of an expression.
    fn part(&mut self, operator: &Operator, whole: Tokens, part: Tokens, given: &str) {
        let (whole, part) = (whole.byte_range(), part.byte_range());
        let text = self.text;
        let made = format!("{}{given}{}", &text[whole.start..part.start], &text[part.end..whole.end]);
        self.change(operator, Genre::Expression, whole, made);
    }

    fn function(
        &mut self,
        name: &syn::Ident,
        attributes: &[syn::Attribute],
        block: &syn::Block,
        within: impl FnOnce(&mut Self),
    ) {
        if is_test(attributes) {
            return;
        }
        let outer = std::mem::replace(&mut self.within, name.to_string());
        let first = self.made.len();
        // What names a deliberate mutant is no part of the sound service.
        if !self.within.ends_with("by_mutant") {
            within(self);
        }
        let rules = rules_named(self.of(block.span()));
        // A function within this one has named its own.
        let unnamed = self.made[first..].iter_mut().filter(|change| change.rules.is_empty());
        unnamed.for_each(|change| change.rules.clone_from(&rules));
        self.within = outer;
    }

    fn statements(&mut self, block: &syn::Block) {
        // Every other pair, so that no two overlap without one lying within the other.
        for pair in block.stmts.chunks(2) {
            let [first, second] = pair else { continue };
            if !(is_done(first) && is_done(second))
                || self.is_bookkeeping(first)
                || self.is_bookkeeping(second)
            {
                continue;
            }
            let given = format!("{{ {} {} }}", self.of(second.span()), self.of(first.span()));
            let range = first.span().byte_range().start..second.span().byte_range().end;
            for operator in OPERATORS.iter().filter(|operator| matches!(operator.what, Alteration::Swap)) {
                self.change(operator, Genre::Statement, range.clone(), given.clone());
            }
        }
        for statement in block.stmts.iter().filter(|statement| is_done(statement)) {
            if self.is_bookkeeping(statement) {
                continue;
            }
            for operator in OPERATORS {
                let Alteration::Statement(form) = operator.what else { continue };
                let given = form.replace("{}", self.of(statement.span()));
                self.change(operator, Genre::Statement, statement.span().byte_range(), given);
            }
        }
    }

    /// A short text with a switch in it. A long one is looked into, so that one bug does not close a whole loop.
    fn is_switched(&self, tokens: Tokens) -> bool {
        let text = self.of(tokens);
        text.contains("claque_switch::on(") && text.lines().count() <= SWITCHED_LINES_MAX
    }

    /// A statement that only counts which rules were hit, or is about a deliberate mutant.
    fn is_bookkeeping(&self, statement: &syn::Stmt) -> bool {
        let text = self.of(statement.span());
        text.starts_with("self.hit(")
            || text.contains("claque_switch::on(")
            || text.contains("mutant")
            || text.contains("mutation")
    }
}

/// A statement that is done for its effect: it binds nothing and is no value.
fn is_done(statement: &syn::Stmt) -> bool {
    match statement {
        syn::Stmt::Expr(expression, Some(_)) => {
            !matches!(expression, syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_))
        }
        _ => false,
    }
}

/// The words behind `Rule::` in a text, each once.
fn rules_named(text: &str) -> Vec<String> {
    let words = text.split("Rule::").skip(1);
    let words = words.filter_map(|rest| rest.split(|sign: char| !sign.is_alphanumeric()).next());
    let mut words: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg")
                && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().contains("test")))
    })
}

fn last_words(path: &syn::Path) -> String {
    let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    words[words.len().saturating_sub(2)..].join("::")
}

impl<'ast> Visit<'ast> for MistakeFinder<'_> {
    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        if !is_test(&node.attrs) {
            visit::visit_item_mod(self, node);
        }
    }

    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.function(&node.sig.ident, &node.attrs, &node.block, |finder| finder.visit_block(&node.block));
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.function(&node.sig.ident, &node.attrs, &node.block, |finder| finder.visit_block(&node.block));
    }

    fn visit_block(&mut self, node: &'ast syn::Block) {
        self.statements(node);
        visit::visit_block(self, node);
    }

    // A bug that was written by hand stands there, behind a switch of its own: its text is no part of the sound service.
    fn visit_stmt(&mut self, node: &'ast syn::Stmt) {
        if !self.is_switched(node.span()) {
            visit::visit_stmt(self, node);
        }
    }

    fn visit_expr_binary(&mut self, node: &'ast syn::ExprBinary) {
        let (whole, sign) = (node.span(), self.of(node.op.span()).to_owned());
        let named = self.of(whole).contains("mutant");
        let binds = |side: &syn::Expr| matches!(side, syn::Expr::Let(_));
        for operator in OPERATORS.iter().filter(|_| !named) {
            if let Alteration::Sign(from, to) = operator.what
                && from == sign
            {
                self.part(operator, whole, node.op.span(), to);
            }
            if let Alteration::Condition { first } = operator.what
                && matches!(&*sign, "&&" | "||")
                && !binds(&node.left)
                && !binds(&node.right)
            {
                let side = if first { &node.left } else { &node.right };
                let given = self.of(side.span()).to_owned();
                self.change(operator, Genre::Expression, whole.byte_range(), given);
            }
        }
        // What `+=` writes to is a place.
        if !sign.ends_with('=') || matches!(&*sign, "==" | "!=" | "<=" | ">=") {
            self.visit_expr(&node.left);
        }
        self.visit_expr(&node.right);
    }

    fn visit_expr_method_call(&mut self, node: &'ast syn::ExprMethodCall) {
        let name = node.method.to_string();
        for operator in OPERATORS {
            if let Alteration::Name(from, to) = operator.what
                && from == name
            {
                self.part(operator, node.span(), node.method.span(), to);
            }
            if let Alteration::Always(asked) = operator.what
                && asked == name
                && let Some(syn::Expr::Closure(condition)) = node.args.last()
                && !self.of(condition.span()).contains("mutant")
            {
                let range = condition.body.span().byte_range();
                self.change(operator, Genre::Expression, range, "true".to_owned());
            }
        }
        visit::visit_expr_method_call(self, node);
    }

    fn visit_expr_call(&mut self, node: &'ast syn::ExprCall) {
        if let syn::Expr::Path(path) = &*node.func
            && let Some(last) = path.path.segments.last()
        {
            let name = last.ident.to_string();
            for operator in OPERATORS {
                let Alteration::Name(from, to) = operator.what else { continue };
                if from == name {
                    self.part(operator, node.span(), last.ident.span(), to);
                }
            }
        }
        visit::visit_expr_call(self, node);
    }

    fn visit_expr_path(&mut self, node: &'ast syn::ExprPath) {
        let words = last_words(&node.path);
        for operator in OPERATORS {
            let Alteration::Word(from, to) = operator.what else { continue };
            if words == from {
                self.change(operator, Genre::Expression, node.span().byte_range(), to.to_owned());
            }
        }
    }

    fn visit_expr_field(&mut self, node: &'ast syn::ExprField) {
        if let syn::Member::Named(name) = &node.member {
            for operator in OPERATORS {
                let Alteration::Field(from, to) = operator.what else { continue };
                if name == from {
                    self.part(operator, node.span(), name.span(), to);
                }
            }
        }
        visit::visit_expr_field(self, node);
    }

    fn visit_expr_lit(&mut self, node: &'ast syn::ExprLit) {
        let syn::Lit::Int(number) = &node.lit else { return };
        let Ok(value) = number.base10_parse::<i64>() else { return };
        for operator in OPERATORS {
            let Alteration::Number(more) = operator.what else { continue };
            let given = format!("{}{}", value + more, number.suffix());
            self.change(operator, Genre::Expression, node.span().byte_range(), given);
        }
    }

    // What is written to, or borrowed to be changed, is a place: a switch around it would be a value.
    fn visit_expr_assign(&mut self, node: &'ast syn::ExprAssign) {
        self.visit_expr(&node.right);
    }

    fn visit_expr_reference(&mut self, node: &'ast syn::ExprReference) {
        if node.mutability.is_none() {
            visit::visit_expr_reference(self, node);
        }
    }

    // What is computed when the program is built cannot be switched when it runs.
    fn visit_item_const(&mut self, _: &'ast syn::ItemConst) {}
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}
    fn visit_expr_repeat(&mut self, _: &'ast syn::ExprRepeat) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_variant(&mut self, _: &'ast syn::Variant) {}
}

#[cfg(test)]
mod tests {
    use super::changes;

    fn given(text: &str, operator: &str) -> Vec<String> {
        let made = changes("f.rs", text).expect("it parses");
        made.into_iter()
            .filter(|change| change.name.contains(operator))
            .map(|change| change.replacement)
            .collect()
    }

    #[test]
    fn operators_fit_where_their_words_stand() {
        assert_eq!(given("fn f() { a < b && c }", "less or equal"), ["a <= b"]);
        assert_eq!(given("fn f() { a < b && c }", "the second condition alone"), ["c"]);
        assert_eq!(given("fn f() { x.iter().filter(|a| b).next() }", "every one"), ["true"]);
        assert_eq!(
            given("fn f() { Duration::from_secs(3) }", "seconds as milliseconds"),
            ["Duration::from_millis(3)"]
        );
        assert_eq!(given("fn f() { a(); b(); c }", "change places"), ["{ b(); a(); }"]);
        assert_eq!(given("fn f() { a.x = 1; }", "done twice"), ["{ a.x = 1; a.x = 1; }"]);
        assert_eq!(given("fn f() { m.sent + d }", "delivery for sending"), ["m.at"]);
    }

    #[test]
    fn a_change_knows_the_rules_that_its_function_names() {
        let text = "fn f() { self.hit(Rule::Ab); if a < b { self.hit(Rule::Cd); } } fn g() { a < b }";
        let made = changes("f.rs", text).expect("it parses");
        let rules = |function: &str| {
            let found = made.iter().find(|change| change.name.contains(function)).expect("a change");
            found.rules.join(" ")
        };
        assert_eq!((rules("in f:"), rules("in g:")), ("Ab Cd".to_owned(), String::new()));
    }

    #[test]
    fn tests_mutants_and_what_only_counts_are_left_alone() {
        assert!(changes("f.rs", "#[cfg(test)] mod t { fn f() { a < b; } }").expect("it parses").is_empty());
        assert!(given("fn f() { self.hit(Rule::A); }", "left out").is_empty());
        assert!(given("fn f() { a || self.mutants.has(b) }", "condition alone").is_empty());
    }
}
