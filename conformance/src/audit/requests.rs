//! Requests that are illegal in themselves: a parameter that is missing, too long, of another form. No state is needed to judge it.
//!
//! The call is put to an empty service, which refuses an illegal parameter before it looks for what the call is about. Where the
//! documents leave open what is legal, each alternative is asked; what the recorded service did tells which of them explain it.

use claque_core::{
    AccountIx, Caller, Config, Instant, NoTrace, Operation, Readings, Refusal, Rule, Service, Sound,
};
use claque_wire::decode::{decode, input_invalid};
use claque_wire::operation::OperationSpec;
use claque_wire::param::ParamMap;

use super::assumed::Assumed;
use super::findings::Findings;
use super::recording::{CallSeen, Ended, Recording};

/// A service without a state, under one reading of each open point.
struct Probe {
    readings: Readings,
    public_urls_only: bool,
    service: Service<NoTrace, Sound>,
}

/// The verdict of an empty service on a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    /// A parameter is illegal, under this rule.
    Illegal(Rule),
    /// Nothing is wrong with the parameters.
    Legal,
}

impl Probe {
    fn new(readings: Readings, public_urls_only: bool) -> Self {
        Self { readings, public_urls_only, service: empty(readings, public_urls_only) }
    }

    fn ask(&mut self, operation: Operation, params: &ParamMap) -> Says {
        let request = match decode(operation, params) {
            Ok(request) => request,
            Err(error) => return Says::Illegal(input_invalid(operation, &error).rule),
        };
        let answer = self.service.handle_request(Instant::EPOCH, &Caller::account(AccountIx(0)), request);
        match answer {
            Err(Refusal::InputInvalid(invalid)) => Says::Illegal(invalid.rule),
            Err(_) => Says::Legal,
            Ok(_) => {
                // What was made must not be there for the next call.
                self.service = empty(self.readings, self.public_urls_only);
                Says::Legal
            }
        }
    }
}

fn empty(readings: Readings, public_urls_only: bool) -> Service<NoTrace, Sound> {
    let mut config = Config { readings, ..Config::default() };
    // How often somebody calls is judged elsewhere.
    config.limits.call_quotas = false;
    config.limits.public_urls_only = public_urls_only;
    Service::new(Instant::EPOCH, config, NoTrace, Sound)
}

/// One alternative of one open point, all others as assumed.
struct Alternative {
    id: &'static str,
    value: &'static str,
    probe: Probe,
}

fn alternatives(assumed: &Assumed) -> Vec<Alternative> {
    let mut all = Vec::new();
    for choice in assumed.readings.iter() {
        // An empty service has nothing that could be looked for first.
        if choice.id == "error.precedence" {
            continue;
        }
        for value in choice.alternatives {
            let mut readings = assumed.readings;
            if readings.set(choice.id, value).is_ok() {
                all.push(Alternative {
                    id: choice.id,
                    value,
                    probe: Probe::new(readings, assumed.limits.public_urls_only),
                });
            }
        }
    }
    all
}

pub(super) fn judge(recording: &Recording, assumed: &Assumed, findings: &mut Findings) {
    let mut alternatives = alternatives(assumed);
    for call in &recording.calls {
        if !is_spelled(call) {
            continue;
        }
        let illegal = match &call.ended {
            Ended::Accepted(_) => false,
            Ended::Refused(_, code) if code == "InputInvalid" => true,
            // Another refusal came first, or nobody saw: nothing follows.
            Ended::Refused(..) | Ended::Unreadable(_) | Ended::Unseen => continue,
        };
        let said: Vec<Says> = alternatives
            .iter_mut()
            .map(|alternative| alternative.probe.ask(call.operation, &call.params))
            .collect();
        explain(&alternatives, &said, call, illegal, findings);
        let mut rules = said.iter().filter_map(|says| match says {
            Says::Illegal(rule) => Some(*rule),
            Says::Legal => None,
        });
        let Some(rule) = rules.next() else { continue };
        if illegal {
            findings.keep(rule);
        } else if said.iter().all(|says| *says != Says::Legal) {
            let says = format!("{} was accepted, although a parameter is illegal", call.operation.name());
            findings.break_rule(rule, says, vec![call.place]);
        }
    }
}

/// Whether parameters have their documented names, where there are any: other names are another writing of them, as that of a client
/// library.
fn is_spelled(call: &CallSeen) -> bool {
    let parameters = OperationSpec::of(call.operation).parameters;
    let documented = |name: &str| {
        let name = name.split('.').next().unwrap_or(name);
        parameters.iter().any(|parameter| parameter.name == name)
    };
    call.given.is_empty() || call.given.keys().any(|name| documented(name))
}

/// The open points that the call bears on: those on which its legality depends.
fn explain(
    alternatives: &[Alternative],
    said: &[Says],
    call: &CallSeen,
    illegal: bool,
    findings: &mut Findings,
) {
    let mut from = 0;
    while from < alternatives.len() {
        let id = alternatives[from].id;
        let to = from + alternatives[from..].iter().take_while(|other| other.id == id).count();
        let of_one = &said[from..to];
        let hangs = of_one.iter().any(|says| (*says == Says::Legal) != (of_one[0] == Says::Legal));
        if hangs {
            for (alternative, says) in alternatives[from..to].iter().zip(of_one) {
                let explanation = findings.readings.entry((id, alternative.value)).or_default();
                // A call that is legal in itself may be refused as illegal for what it is about.
                if illegal || *says == Says::Legal {
                    explanation.explained += u64::from(illegal == (*says != Says::Legal));
                } else if explanation.refuted.is_none() {
                    explanation.refuted = Some(call.place);
                }
            }
        }
        from = to;
    }
}
