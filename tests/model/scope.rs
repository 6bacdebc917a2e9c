//! How much world there is, and which rule of the protocol is broken in it.

#[derive(Clone, Copy, Debug)]
pub struct Scope {
    pub tabs: usize,
    /// With two, an ending reaches each of them later than the database, and notes of use are written late or never.
    pub nodes: usize,
    pub thief: bool,
    /// The person signs out, another device revokes, the session's time is up.
    pub endings: bool,
    /// The database dies and loses the rotations that were not on disk.
    pub crashes: bool,
    /// Somebody signs in, through the script or by a form, once the first session is left.
    pub accounts: bool,
    /// Tabs are frozen, thawed, and restored from the back/forward cache.
    pub freezing: bool,
    /// The server answers 503.
    pub failing: bool,
    /// Requests reach the server twice.
    pub doubles: bool,
    /// Streams open and break while everything else happens; elsewhere only in the calm after it.
    pub streams: bool,
    /// Tabs are hidden and shown, opened hidden, and prerendered.
    pub hiding: bool,
    /// The person changes the password, calls are answered late, and another application plants cookies.
    pub lateness: bool,
    /// Tabs cannot tell each other anything.
    pub mute: bool,
    /// Not an assumption any more: a call may arrive when two rotations have overtaken it.
    pub stragglers: bool,
    /// Refreshes in use by each party after which a theft must have shown.
    pub bound: u8,
    /// Those count too whose token the other party was handed within the leeway.
    pub shared_rounds_count: bool,
    pub broken: Option<Rule>,
    pub depth: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            tabs: 1,
            nodes: 1,
            thief: false,
            endings: false,
            crashes: false,
            accounts: false,
            freezing: false,
            failing: false,
            doubles: false,
            streams: false,
            hiding: false,
            lateness: false,
            mute: false,
            stragglers: false,
            bound: 1,
            shared_rounds_count: false,
            broken: None,
            depth: 0,
        }
    }
}

impl Scope {
    pub fn keeps(&self, rule: Rule) -> bool {
        self.broken != Some(rule)
    }

    pub fn without(self, rule: Rule) -> Self {
        Self { broken: Some(rule), ..self }
    }

    pub fn to(self, depth: usize) -> Self {
        Self { depth, ..self }
    }
}

/// What the protocol demands; each can be broken, to see what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Within it, tabs that race get the same token.
    Leeway,
    /// Instead of the leeway, a lock that a frozen tab lets go of.
    CorrectnessWithoutLock,
    /// The parent of a generation that nobody has seen in use is honoured.
    UnconfirmedParents,
    /// The use of an access token confirms its generation.
    UseConfirms,
    /// Once its child is in use and the leeway is over, a parent is a thief's.
    ParentsExpire,
    /// Anything older than a parent is a thief's.
    ReuseEnds,
    /// A token told again begins the leeway anew.
    NewLeeway,
    /// A generation that the database forgot is believed.
    Healing,
    EndingsAreSynced,
    FailuresKeepTheCookie,
    OnlyDefiniteAnswersSignOut,
    LateRepliesAreMended,
    /// A refresh that two rotations have overtaken is given up.
    OvertakenIsAbandoned,
    /// Eight tries that bring nothing, no more.
    Budget,
    /// The sign-out wins over a refresh under way.
    SignOutWins,
    /// A sign-out that the server has not heard of is kept for later.
    SignOutIsKept,
    /// A sign-out names its session, and ends no other.
    SignOutIsNamed,
    /// A page sends nothing under another session than its own.
    IdentityEpoch,
    /// A sign-in waits for the calls that are under way in its browser.
    SignInWaits,
    /// What came over the network acts on the session that it was about.
    EventsNameTheirSession,
    /// A call that wants a fresh generation changes no cookie: the tab refreshes.
    OnlyRefreshesChangeTheJar,
    /// Whoever is not signed out has a call under way or a timer set.
    NextStep,
    /// What happened while no stream was open is asked for.
    GapsAreMadeUp,
    /// A page that missed something is covered until the first answer.
    Cover,
    /// Of two tabs that hold a stream, one closes its own.
    OneStream,
    /// A sign-out that one tab could not tell, another one tells.
    FarewellsAreShared,
}
