"""The words of English that the guard knows; `vocabulary` says what each list is for."""

from __future__ import annotations

from apps.summaries.generated.vocabulary import SIZES, Language, named, numbered, words

ENGLISH = Language(
    name="English",
    thousands=",",
    decimal=".",
    units={
        **named(second="s sec secs second seconds", minute="min mins minute minutes", hour="h hr hrs hour hours"),
        **named(day="d day days", week="w week weeks", month="month months", percent="% percent pct"),
        **SIZES,
    },
    counted=named(
        row="row rows record records entry entries",
        check="check checks",
        incident="incident incidents",
        table="table tables",
        column="column columns",
        rule="rule rules",
        alert="alert alerts",
        key="key keys",
        difference="difference differences",
        time="time times",
        change="change changes",
        message="message messages",
        connection="connection connections",
        value="value values",
        channel="channel channels",
        step="step steps",
        trouble="trouble troubles problem problems",
        team="team teams",
        person="person persons people",
    ),
    numbers={
        **numbered(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen twenty"
        ),
        **numbered("thirty forty fifty sixty seventy eighty ninety", first=30, step=10),
    },
    scales={"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9},
    means={},
    months={
        **numbered("january february march april may june july august september october november december", first=1),
        **numbered("jan feb mar apr may jun jul aug sep oct nov dec", first=1),
        "sept": 9,
    },
    weekdays=numbered("monday tuesday wednesday thursday friday saturday sunday"),
    quantities=words(
        "half halved third thirds quarter quarters fourth fifth tenth twice double doubled triple tripled "
        "quadrupled tenfold twofold dozen dozens hundreds thousands millions few several many most majority "
        "minority couple numerous none nothing nobody all every everything everybody always never entire "
        "entirely completely hundred thousand million billion both neither"
    ),
    relative_days=words("yesterday today tomorrow tonight noon midnight morning afternoon evening"),
    starters=words(
        "a an the it its this that these those there here since at on in for during after before while when "
        "as by from of to with without only also another other no some one two both between within until so "
        "far currently meanwhile however overall instead again now still even although though which what they "
        "their nobody nothing everything each all data rows new messages according about around over under "
        "than compared"
        " row table tables column columns rule rules incident incidents check checks connection connections "
        "value values number numbers count limit limits severity volume freshness schema "
        "expected received last first next"
    ),
    ordinary=frozenset(),
    things=words("table tables column columns connection rule view schema dataset database warehouse server source"),
    beside_things=words(
        "a an the this that these those its their his each every any no one some other another same affected "
        "watched checked and or of in on for from to by with whose which both data source whole new open late "
        "stale broken missing added removed renamed changed unexpected expected alert data's is was are were "
        "has had have did does not be been can could cannot holds held received receives contains contained "
        "shows showed had's where that's when while as at until since than so but if it there now again still "
        "also only itself under over about named called alerts breached went came stayed stays remains "
        "remained keeps kept stopped loads loaded lacks exceeded exceeds fell rose dropped grew usually "
        "normally would should may might will"
    ),
    common=words(
        "the a an is was were are has have had been not of in on at for since than and that it this with by no fewer "
        "more which from to about only began where its or as"
    ),
    commands=words(
        "check run open contact call delete drop remove ignore update fix verify ensure make ask tell wait "
        "investigate review inspect look see go visit click confirm acknowledge escalate notify inform send "
        "use try consider do stop start pay reply forward please note remember take resolve repair monitor "
        "look-up correct raise lower"
    ),
    told_to_act=words(
        "restart restarting restarted reboot rebooting rerun re-run rerunning execute click download install "
        "uninstall reset rollback revert please you your yours should must recommend recommended advise "
        "advised suggest suggested password credentials truncate kill immediately urgently"
    ),
    causes=words(
        "because cause caused causes causing due therefore thus hence reason resulted responsible consequently"
    ),
    hedges=words("may might possibly perhaps maybe"),
)
