//! A plan: everything that is done in one run, as data. It is drawn from a seed, and a run of some of its steps is named by the
//! seed and their numbers.

use claque_engine::{Actor, DrawPurpose, Draws, Randomness};

/// Groups that a plan may use; the first three are there from the start.
pub const GROUPS: u64 = 5;
/// Viewers, each a user of its own.
pub const VIEWERS: u64 = 5;
/// Connections of the back end.
pub const SLOTS: u64 = 3;
/// Receivers of callbacks.
pub const RECEIVERS: u64 = 2;

const PLAN: DrawPurpose = DrawPurpose::named("server plan");

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerPlan {
    /// What it is drawn from.
    pub seed: u64,
    /// What holds for the whole run.
    pub shape: PlanShape,
    /// What is done, in order.
    pub steps: Vec<PlanStep>,
}

/// What holds for a whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanShape {
    /// Messages are reviewed by a service of the application's.
    pub reviewed: bool,
    /// The longest piece that a connection takes or gives at once. Bytes.
    pub piece_max: usize,
    /// What a connection holds between its ends. Bytes.
    pub room: usize,
    /// A journal longer than this is compacted. Bytes.
    pub compact_bytes: u64,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// Its number in the plan of the seed.
    pub number: usize,
    /// So long after the step before it. Milliseconds.
    pub wait: u64,
    /// What is done.
    pub act: PlannedAct,
}

/// What is done in a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlannedAct {
    /// Calls over one connection of the back end, written one behind the other without waiting for answers.
    Calls {
        /// Which connection.
        slot: usize,
        /// The calls.
        asks: Vec<PlannedCall>,
        /// Whether the connection breaks meanwhile.
        cut: PacketCut,
        /// How they are written.
        form: RequestForm,
    },
    /// Long messages come to the first group while one of its viewers reads nothing.
    Burst {
        /// Which connection of the back end sends them.
        slot: usize,
        /// Who reads nothing.
        viewer: usize,
        /// For how long. Milliseconds.
        pause: u64,
    },
    /// Something that a viewer does.
    Viewer(usize, ViewerAct),
    /// From here on a receiver treats callbacks like this.
    Receiver(usize, Treatment),
    /// The server ends, and another begins.
    Restart(LifeEnd),
}

/// How a request is written: all of these are one request to a server that keeps to the standard of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestForm {
    /// With the length of its body.
    Plain,
    /// Its body in chunks of so many bytes.
    Chunks(usize),
    /// The same, with fields behind the last chunk.
    Trailers(usize),
    /// It waits to learn to go on between its head and its body; in chunks of so many bytes, if any.
    Expects(Option<usize>),
    /// In the older version, whose connections end behind the answer.
    Older,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlannedCall {
    /// Creates a group.
    CreateGroup(usize),
    /// Reads a group.
    DescribeGroup(usize),
    /// Sets the information of a group to this number.
    ModifyGroup(usize, u64),
    /// Sends a message to a group: its body's length, and the reviewer's mood.
    Send(usize, usize, Mood),
    /// Sends a message to a viewer, who is to acknowledge it.
    SendTo(usize),
    /// Lists the messages of a group.
    ListMessages(usize),
    /// Lists the users of a group.
    ListUsers(usize),
    /// Takes a viewer out of a group.
    Kick(usize, usize),
    /// Callbacks go to this receiver from here on.
    SetCallback(usize),
    /// Reads the application.
    DescribeApp,
    /// Lists the applications.
    ListApps,
    /// Sends the very bytes of an earlier call again: so many calls ago.
    Repeat(usize),
    /// Compacts the journal.
    Compact,
    /// Sets a limit of the service.
    SetLimit(u32),
    /// Reads the limits.
    ReadLimits,
    /// Reads the clock of the world.
    ReadClock,
    /// Asks for the head alone of something that is not there.
    Head,
    /// Concerns the other world.
    Elsewhere(OtherCall),
}

/// What concerns the other world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherCall {
    /// Lists its applications.
    ListApps,
    /// Changes its group of the same name.
    ModifyGroup,
    /// Moves its clock on.
    Advance,
    /// Sets the pace of its clock.
    Pace(OtherPace),
    /// Reads its clock.
    ReadClock,
    /// Empties it.
    Reset,
    /// Ends it.
    End,
    /// Makes it again, with its key.
    Make,
}

/// The pace of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPace {
    /// It stands.
    Stands,
    /// As the wall's.
    Real,
    /// So many times the wall's.
    Times(u64),
}

/// What the reviewer makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It passes.
    Passes,
    /// It is refused.
    Refuses,
    /// Nothing is answered.
    Hangs,
}

/// How a connection of the back end breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketCut {
    /// It does not.
    Never,
    /// In the middle of what is written.
    Within,
    /// Behind what is written, ahead of the answers.
    Behind,
}

/// What a viewer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewerAct {
    /// Logs on, with a heartbeat timeout in seconds.
    Login(u64),
    /// Joins a group.
    Join(usize),
    /// Leaves a group.
    Leave(usize),
    /// Sends a message to a group.
    Send(usize, usize, Mood),
    /// Asks for a group.
    Query(usize),
    /// Loses its link.
    Break,
    /// Takes its session up again.
    Back,
    /// Logs off.
    Logout,
    /// Reads nothing for so many milliseconds.
    Pause(u64),
    /// Sends no heartbeats any more.
    FallSilent,
    /// Logs on with a token that soon expires.
    LoginBriefly(u64),
    /// Closes its link as the standard of WebSockets has it.
    Close,
    /// Sends what the standard of WebSockets forbids.
    Spoil(SpoiltFrame),
}

/// Frames that a server must not accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpoiltFrame {
    /// It is not masked.
    Unmasked,
    /// It is no UTF-8.
    NoText,
    /// It says that it is longer than anything.
    TooLong,
}

/// How a receiver treats callbacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It takes them.
    Takes,
    /// It takes them after so many milliseconds.
    TakesLate(u64),
    /// It answers with another status.
    Answers(u16),
    /// It ends the connection behind the request.
    BreaksOff,
    /// It ends the connection within its answer.
    BreaksWithin,
    /// It says nothing.
    Hangs,
    /// It lets nobody connect.
    Refuses,
}

/// How a server ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LifeEnd {
    /// It is asked to stop.
    Stop,
    /// It is killed.
    Kill,
    /// The power fails.
    PowerFailure,
}

impl ServerPlan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        let randomness = Randomness::new(seed);
        let mut draws = randomness.draws(PLAN, Actor::named("shape"), 0);
        let shape = PlanShape {
            reviewed: draws.below(2) == 0,
            piece_max: *one_of(&mut draws, &[1, 3, 17, 100, 1_000, 20_000]),
            room: *one_of(&mut draws, &[16, 128, 1_024, 65_536]),
            compact_bytes: *one_of(&mut draws, &[2_048, 8_192, 1 << 30]),
        };
        let count = usize::try_from(draws.between(30, 120)).unwrap_or(20);
        let steps = (0..count).map(|number| {
            let mut draws =
                randomness.draws(PLAN, Actor::numbered("step", u64::try_from(number).unwrap_or(0)), 0);
            let wait = *one_of(&mut draws, &[0, 1, 7, 100, 300, 900, 2_500, 9_000]);
            // Everybody comes first: a plan that begins with leaving shows little.
            let act = if number < 8 { arrive(number, &mut draws) } else { act(&mut draws, number) };
            PlanStep { number, wait, act }
        });
        Self { seed, shape, steps: steps.collect() }
    }

    /// The same with the steps of these numbers alone.
    #[must_use]
    pub fn only(&self, kept: &[usize]) -> Self {
        let steps = self.steps.iter().filter(|step| kept.contains(&step.number)).cloned().collect();
        Self { steps, ..*self }
    }

    /// The numbers of its steps.
    #[must_use]
    pub fn numbers(&self) -> Vec<usize> {
        self.steps.iter().map(|step| step.number).collect()
    }
}

fn one_of<'a, T>(draws: &mut Draws, all: &'a [T]) -> &'a T {
    &all[index(draws, all.len() as u64)]
}

fn index(draws: &mut Draws, count: u64) -> usize {
    usize::try_from(draws.below(count)).unwrap_or(0)
}

/// The first steps: viewers log on and join.
fn arrive(number: usize, draws: &mut Draws) -> PlannedAct {
    let viewer = number / 2;
    let deed = if number.is_multiple_of(2) {
        ViewerAct::Login(*one_of(draws, &[15, 20, 60]))
    } else {
        ViewerAct::Join(index(draws, 2))
    };
    PlannedAct::Viewer(viewer, deed)
}

fn act(draws: &mut Draws, number: usize) -> PlannedAct {
    match draws.below(100) {
        0..2 => PlannedAct::Burst {
            slot: index(draws, SLOTS),
            viewer: index(draws, VIEWERS),
            pause: *one_of(draws, &[500, 3_000]),
        },
        2..42 => calls(draws, number),
        42..85 => PlannedAct::Viewer(index(draws, VIEWERS), deed(draws)),
        85..94 => PlannedAct::Receiver(index(draws, RECEIVERS), treatment(draws)),
        _ => PlannedAct::Restart(*one_of(draws, &[LifeEnd::Stop, LifeEnd::Kill, LifeEnd::PowerFailure])),
    }
}

fn calls(draws: &mut Draws, number: usize) -> PlannedAct {
    let slot = index(draws, SLOTS);
    let count = *one_of(draws, &[1, 1, 1, 2, 3]);
    let mut asks: Vec<PlannedCall> = (0..count).map(|_| ask(draws, number)).collect();
    let cut = *one_of(
        draws,
        &[
            PacketCut::Never,
            PacketCut::Never,
            PacketCut::Never,
            PacketCut::Never,
            PacketCut::Never,
            PacketCut::Within,
            PacketCut::Behind,
        ],
    );
    let form = *one_of(
        draws,
        &[
            RequestForm::Plain,
            RequestForm::Plain,
            RequestForm::Plain,
            RequestForm::Chunks(1),
            RequestForm::Chunks(5),
            RequestForm::Chunks(900),
            RequestForm::Trailers(40),
            RequestForm::Expects(None),
            RequestForm::Expects(Some(30)),
            RequestForm::Older,
        ],
    );
    if form == RequestForm::Older {
        // Its connection ends behind the first answer.
        asks.truncate(1);
    }
    PlannedAct::Calls { slot, asks, cut, form }
}

fn ask(draws: &mut Draws, number: usize) -> PlannedCall {
    let group = index(draws, GROUPS);
    let early = index(draws, 3);
    match draws.below(100) {
        0..6 => PlannedCall::CreateGroup(group),
        6..14 => PlannedCall::DescribeGroup(group),
        14..22 => PlannedCall::ModifyGroup(early, u64::try_from(number).unwrap_or(0) * 10 + draws.below(10)),
        22..46 => PlannedCall::Send(early, length(draws), mood(draws)),
        46..52 => PlannedCall::SendTo(index(draws, VIEWERS)),
        52..57 => PlannedCall::ListMessages(early),
        57..61 => PlannedCall::ListUsers(early),
        61..65 => PlannedCall::Kick(early, index(draws, VIEWERS)),
        65..70 => PlannedCall::SetCallback(index(draws, RECEIVERS)),
        70..72 => PlannedCall::DescribeApp,
        72..74 => PlannedCall::ListApps,
        74..76 => PlannedCall::Head,
        76..82 => PlannedCall::Repeat(index(draws, 12)),
        82..86 => PlannedCall::Compact,
        86..88 => PlannedCall::SetLimit(u32::try_from(draws.between(40, 60)).unwrap_or(40)),
        88 => PlannedCall::ReadLimits,
        89 => PlannedCall::ReadClock,
        90..92 => PlannedCall::Elsewhere(OtherCall::ListApps),
        92..94 => PlannedCall::Elsewhere(OtherCall::ModifyGroup),
        _ => PlannedCall::Elsewhere(other(draws)),
    }
}

/// What concerns the other world's clock and life.
fn other(draws: &mut Draws) -> OtherCall {
    match draws.below(12) {
        0 => OtherCall::Advance,
        1 => OtherCall::Reset,
        2 => OtherCall::End,
        3 | 4 => OtherCall::Make,
        5 => OtherCall::Pace(OtherPace::Stands),
        6 => OtherCall::Pace(OtherPace::Real),
        7 => OtherCall::Pace(OtherPace::Times(draws.between(2, 20))),
        _ => OtherCall::ReadClock,
    }
}

fn length(draws: &mut Draws) -> usize {
    *one_of(draws, &[0, 10, 10, 90, 130, 4_000, 15_000])
}

fn mood(draws: &mut Draws) -> Mood {
    match draws.below(20) {
        0..14 => Mood::Passes,
        14..19 => Mood::Refuses,
        _ => Mood::Hangs,
    }
}

fn deed(draws: &mut Draws) -> ViewerAct {
    // Most of them in few groups: a message that nobody receives shows nothing.
    let group = *one_of(draws, &[0, 0, 1, 1, 2]);
    match draws.below(100) {
        0..4 => ViewerAct::Login(*one_of(draws, &[15, 20, 60])),
        4..6 => ViewerAct::LoginBriefly(*one_of(draws, &[15, 20, 60])),
        6..26 => ViewerAct::Join(group),
        26..36 => ViewerAct::Leave(group),
        36..62 => ViewerAct::Send(group, length(draws), mood(draws)),
        62..65 => ViewerAct::Query(group),
        65..73 => ViewerAct::Break,
        73..75 => ViewerAct::Close,
        75..77 => ViewerAct::Spoil(*one_of(
            draws,
            &[SpoiltFrame::Unmasked, SpoiltFrame::NoText, SpoiltFrame::TooLong],
        )),
        77..86 => ViewerAct::Back,
        86..90 => ViewerAct::Logout,
        90..98 => ViewerAct::Pause(*one_of(draws, &[500, 3_000])),
        _ => ViewerAct::FallSilent,
    }
}

fn treatment(draws: &mut Draws) -> Treatment {
    match draws.below(12) {
        0..4 => Treatment::Takes,
        4 => Treatment::TakesLate(4_000),
        5 => Treatment::Answers(500),
        6 => Treatment::Answers(204),
        7 | 8 => Treatment::BreaksOff,
        9 => Treatment::BreaksWithin,
        10 => Treatment::Hangs,
        _ => Treatment::Refuses,
    }
}
