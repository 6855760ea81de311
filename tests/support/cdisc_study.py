"""A small synthetic study in all of the product's CDISC datasets, in which every rule holds.

Subjects 1 and 2 take placebo, 3 and 4 the drug; 4 dies; 5 fails screening. It lies in one DuckDB
connection, so that a test can plant a defect by a statement and take it back.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import pyarrow as pa
from sqlglot import exp

from qundao.models import cdisc
from qundao.quality.source import Source
from qundao.query.engine import Column
from support.model_folder import TYPES

TODAY = date(2026, 1, 1)
START = date(2020, 1, 10)
SUBJECTS = (1, 2, 3, 4)
ARMS = {1: "PBO", 2: "PBO", 3: "XAN", 4: "XAN"}
NAMES = {"PBO": "Placebo", "XAN": "Xanomeline", "SCRNFAIL": "Screen Failure"}
VISITS = {1: ("SCREENING", -7, "SCREENING"), 2: ("BASELINE", 1, "TREATMENT")}
VISITS |= {3: ("WEEK 4", 28, "TREATMENT")}
DIED = date(2020, 6, 30)


def who(number):
    return {"studyid": "SYN01", "usubjid": f"SYN01-{number}"}


def in_domain(code, number):
    return {"domain": code} | who(number)


def on(planned):
    """Return the day that is `planned` study days from the start, of which the first is day 1."""
    return START + timedelta(days=planned - (planned > 0))


def visited(visit):
    name, planned, epoch = VISITS[visit]
    return {"visitnum": visit, "visit": name, "visitdy": planned, "epoch": epoch}


def dm(number):
    dead = {"dthfl": "Y", "dthdtc": DIED.isoformat()} if number == 4 else {}
    return in_domain("DM", number) | dead | {
        "subjid": str(number), "siteid": "701", "rfstdtc": "2020-01-10", "rfendtc": "2020-07-01",
        "rfxstdtc": "2020-01-10", "rfxendtc": "2020-06-29", "rficdtc": "2020-01-03",
        "rfpendtc": "2020-07-01", "age": 70, "ageu": "YEARS", "sex": "F", "race": "ASIAN",
        "ethnic": "UNKNOWN", "armcd": ARMS[number], "arm": NAMES[ARMS[number]],
        "actarmcd": ARMS[number], "actarm": NAMES[ARMS[number]], "country": "CHN",
        "dmdtc": "2020-01-03", "dmdy": -7,
    }  # fmt: skip


def failed_screening():
    arm = {"armcd": "SCRNFAIL", "arm": "Screen Failure"}
    arm |= {"actarmcd": "SCRNFAIL", "actarm": "Screen Failure"}
    absent = ("rfstdtc", "rfendtc", "rfxstdtc", "rfxendtc", "dmdy")
    return dm(1) | in_domain("DM", 5) | {"subjid": "5"} | arm | dict.fromkeys(absent)


def ae(number):
    fatal = number == 4
    return in_domain("AE", number) | {
        "aeseq": 1, "aespid": "E1", "aeterm": "PRURITUS", "aellt": "ITCH", "aelltcd": 1,
        "aedecod": "PRURITUS", "aeptcd": 2, "aehlt": "ITCHES", "aehltcd": 3, "aehlgt": "SKIN",
        "aehlgtcd": 4, "aebodsys": "SKIN", "aebdsycd": 5, "aesoc": "SKIN", "aesoccd": 5,
        "aesev": "SEVERE" if fatal else "MILD", "aeser": "Y" if fatal else "N",
        "aeacn": "DOSE NOT CHANGED", "aerel": "NONE",
        "aeout": "FATAL" if fatal else "RECOVERED/RESOLVED", "aescan": "N", "aescong": "N",
        "aesdisab": "N", "aesdth": "Y" if fatal else "N", "aeshosp": "N", "aeslife": "N",
        "aesod": "N", "epoch": "TREATMENT", "aedtc": "2020-03-01", "aedy": 52,
        "aestdtc": "2020-02-10" if number != 2 else "2020-02", "aeendtc": "2020-02-20",
        "aestdy": 32 if number != 2 else None, "aeendy": 42,
    }  # fmt: skip


def ex(number):
    drug = ARMS[number] == "XAN"
    return in_domain("EX", number) | visited(2) | {
        "exseq": 1, "extrt": "XANOMELINE" if drug else "PLACEBO", "exdose": 54 if drug else 0,
        "exdosu": "mg", "exdosfrm": "PATCH", "exdosfrq": "QD", "exroute": "TRANSDERMAL",
        "exstdtc": "2020-01-10", "exendtc": "2020-06-29", "exstdy": 1, "exendy": 172,
    }  # fmt: skip


def ds(number, term):
    return in_domain("DS", number) | {
        "dsseq": 1, "dsspid": "D1", "dsterm": term, "dsdecod": term, "dscat": "DISPOSITION EVENT",
        "epoch": "TREATMENT", "dsdtc": "2020-06-30", "dsstdtc": "2020-06-30",
        "dsdy": None if number == 5 else 173, "dsstdy": None if number == 5 else 173,
    }  # fmt: skip


def cm(number):
    return in_domain("CM", number) | visited(1) | {
        "cmseq": 1, "cmspid": "C1", "cmtrt": "ASPIRIN", "cmdecod": "ASPIRIN", "cmdose": 100,
        "cmdosu": "mg", "cmdtc": "2020-01-03", "cmdy": -7, "cmstdtc": "2020-01-11",
        "cmstdy": 2, "cmendtc": "2020-01-12", "cmendy": 3,
    }  # fmt: skip


def mh(number):
    return in_domain("MH", number) | {
        "mhseq": 1, "mhspid": "M1", "mhterm": "GOUT", "mhllt": "GOUT", "mhdecod": "GOUT",
        "mhbodsys": "JOINTS", "mhdtc": "2020-01-03", "mhdy": -7, "mhstdtc": "2010", "visitnum": 1,
        "visit": "SCREENING", "visitdy": -7,
    }  # fmt: skip


def finding(code, number, seq, visit, test, name, value, unit):
    p, day = code.lower(), on(VISITS[visit][1])
    units = {f"{p}orresu": unit, f"{p}stresu": unit}
    return in_domain(code, number) | visited(visit) | units | {
        f"{p}seq": seq, f"{p}testcd": test, f"{p}test": name, f"{p}cat": "A", f"{p}orres": value,
        f"{p}stresc": value, f"{p}stresn": float(value), f"{p}dtc": day.isoformat(),
        f"{p}dy": VISITS[visit][1], f"{p}blfl": "Y" if visit == 2 else None,
    }  # fmt: skip


def lb(number):
    ranged = {"lbornrlo": "3", "lbornrhi": "5", "lbstnrlo": 3, "lbstnrhi": 5, "lbnrind": "NORMAL"}
    for seq, visit in enumerate(VISITS, 1):
        yield finding("LB", number, seq, visit, "K", "Potassium", f"4.{seq}", "mmol/L") | ranged


def vs(number):
    point = {"vstpt": "LYING", "vstptnum": 1, "vseltm": "PT5M", "vstptref": "SUPINE"}
    for seq, visit in enumerate(VISITS, 1):
        row = finding("VS", number, seq, visit, "SYSBP", "Systolic", f"12{seq}", "mmHg")
        yield row | point | {"vspos": "SUPINE"}
    undone = {"vsstat": "NOT DONE", "vsorres": None, "vsstresc": None, "vsstresn": None}
    undone |= {"vsblfl": None, "vstestcd": "TEMP", "vstest": "Temperature", "vsseq": 9}
    yield row | undone | {"vsorresu": None, "vsstresu": None}


def qs(number):
    for seq, visit in enumerate(VISITS, 1):
        row = finding("QS", number, seq, visit, "ACITM01", "Word Recall", str(seq), None)
        yield row | {"qscat": "ADAS-COG"}
    undone = {"qsstat": "NOT DONE", "qsreasnd": "REFUSED", "qsorres": None, "qsstresc": None}
    yield row | undone | {"qsseq": 9, "qstestcd": "ACITM02", "qstest": "Naming", "qsstresn": None}


def supplement(code, number, variable, value):
    return who(number) | {
        "rdomain": code, "idvar": variable, "idvarval": value, "qnam": "EXTRA", "qlabel": "Extra",
        "qval": "Y", "qorig": "CRF", "qeval": "SPONSOR",
    }  # fmt: skip


def design():
    study = {"studyid": "SYN01"}
    arms = [
        study | {"domain": "TA", "armcd": arm, "arm": NAMES[arm], "taetord": n, "etcd": etcd,
                 "element": name, "epoch": epoch}
        for arm in ("PBO", "XAN")
        for n, (etcd, name, epoch) in enumerate(
            [("SCRN", "Screen", "SCREENING"), ("TRT", "Treat", "TREATMENT")], 1)
    ]  # fmt: skip
    values = {"ADDON": "N", "AGEMAX": None, "AGEMIN": "P50Y", "LENGTH": "P26W", "PLANSUB": "5",
              "RANDOM": "Y", "SEXPOP": "BOTH", "STOPRULE": "NONE", "TBLIND": "DOUBLE BLIND",
              "TCNTRL": "PLACEBO", "TITLE": "Synthetic", "TPHASE": "PHASE II TRIAL",
              "TTYPE": "EFFICACY", "SSTDTC": "2020-01-03"}  # fmt: skip
    return {
        "ta": arms,
        "te": [
            study | {"domain": "TE", "etcd": e, "element": n, "testrl": "Start", "tedur": "P1W"}
            for e, n in (("SCRN", "Screen"), ("TRT", "Treat"))
        ],
        "ti": [
            study | {"domain": "TI", "ietestcd": c, "ietest": f"{k} one", "iecat": k}
            for c, k in (("INCL01", "INCLUSION"), ("EXCL01", "EXCLUSION"))
        ],
        "tv": [
            study | {"domain": "TV", "visitnum": v, "visit": n, "visitdy": d, "tvstrl": "Start"}
            for v, (n, d, _) in VISITS.items()
        ],
        "ts": [
            study | {"domain": "TS", "tsseq": 1, "tsparmcd": c, "tsparm": f"Parameter {c}",
                     "tsval": v, "tsvalnf": None if v else "PINF",
                     "tsvalcd": "C49648" if c == "TCNTRL" else None,
                     "tsvcdref": "CDISC" if c == "TCNTRL" else None}
            for c, v in values.items()
        ],
    }  # fmt: skip


def sdtm():
    every = SUBJECTS
    ends = {1: "COMPLETED", 2: "COMPLETED", 3: "ADVERSE EVENT", 4: "DEATH", 5: "SCREEN FAILURE"}
    return design() | {
        "dm": [*map(dm, every), failed_screening()],
        "ae": [ae(n) for n in every],
        "ex": [ex(n) for n in every],
        "cm": [cm(n) for n in every],
        "mh": [mh(n) for n in every],
        "ds": [ds(n, term) for n, term in ends.items()],
        "lb": [r for n in every for r in lb(n)],
        "vs": [r for n in every for r in vs(n)],
        "qs": [r for n in every for r in qs(n)],
        "sc": [
            finding("SC", n, 1, 1, "EDULEVEL", "Education", "12", "YEARS") for n in every
        ],
        "se": [
            in_domain("SE", n) | {
                "seseq": s, "etcd": e, "element": name, "epoch": epoch, "sestdtc": a,
                "seendtc": b, "sestdy": c, "seendy": d}
            for n in every
            for s, e, name, epoch, a, b, c, d in (
                (1, "SCRN", "Screen", "SCREENING", "2020-01-03", "2020-01-10", -7, 1),
                (2, "TRT", "Treat", "TREATMENT", "2020-01-10", "2020-07-01", 1, 174))
        ],
        "sv": [
            in_domain("SV", n) | visited(v) | {
                "svstdtc": on(VISITS[v][1]).isoformat(), "svstdy": VISITS[v][1],
                "svendtc": on(VISITS[v][1]).isoformat(), "svendy": VISITS[v][1]}
            for n in every
            for v in VISITS
        ],
        "suppae": [supplement("AE", n, "AESEQ", "1") for n in every],
        "suppds": [supplement("DS", n, "DSSPID", "D1") for n in every],
        "supplb": [supplement("LB", n, "LBSEQ", "2") for n in every],
        "suppdm": [supplement("DM", n, None, None) for n in every],
        "relrec": [
            who(n) | {"rdomain": d, "idvar": f"{d}SEQ", "idvarval": "1", "relid": "R1",
                      "reltype": "ONE"}
            for n in every
            for d in ("AE", "DS")
        ],
    }  # fmt: skip


def treated(number):
    code = 0 if ARMS[number] == "PBO" else 1
    name = NAMES[ARMS[number]]
    return who(number) | {
        "subjid": str(number), "siteid": "701", "sitegr1": "701", "trtp": name, "trtpn": code,
        "trta": name, "trtan": code, "trtsdt": START, "trtedt": date(2020, 6, 29), "age": 70,
        "agegr1": "65-80", "agegr1n": 2, "race": "ASIAN", "racen": 3, "sex": "F", "saffl": "Y",
        "ittfl": "Y", "efffl": "Y", "comp24fl": "N",
    }  # fmt: skip


def adsl(number):
    name, dead, done = NAMES[ARMS[number]], number == 4, number in (1, 2)
    return treated(number) | {
        "arm": name, "trt01p": name, "trt01pn": treated(number)["trtpn"], "trt01a": name,
        "trt01an": treated(number)["trtan"], "trtdurd": 172, "ageu": "YEARS", "ethnic": "UNKNOWN",
        "comp8fl": "Y", "comp16fl": "Y", "disconfl": None if done else "Y",
        "dsraefl": "Y" if number == 3 else None, "dthfl": "Y" if dead else None, "bmibl": 24.2,
        "heightbl": 170.0, "weightbl": 70.0, "rfstdtc": "2020-01-10", "rfendtc": "2020-07-01",
        "rfendt": date(2020, 7, 1), "eosstt": "COMPLETED" if done else "DISCONTINUED",
        "dcdecod": {1: "COMPLETED", 2: "COMPLETED", 3: "ADVERSE EVENT", 4: "DEATH"}[number],
        "dcsreas": None if done else "Reason",
    }  # fmt: skip


def adae(number):
    copied = {k: v for k, v in ae(number).items() if k.startswith("ae")}
    partial = number == 2
    start = date(2020, 2, 1) if partial else date(2020, 2, 10)
    return treated(number) | copied | {
        "astdt": start, "astdtf": "D" if partial else None, "astdy": (start - START).days + 1,
        "aendt": date(2020, 2, 20), "aendy": 42, "adurn": (date(2020, 2, 20) - start).days + 1,
        "aduru": "DAYS", "trtemfl": "Y", "aoccfl": "Y", "aoccsfl": "Y", "aoccpfl": "Y",
    }  # fmt: skip


def analysed(number, code, test, param, base, visit, value):
    baseline = visit == 2
    return treated(number) | {
        f"{code}seq": visit, "param": param, "paramcd": test, "paramn": 1, "aval": value,
        "base": base, "chg": None if baseline else value - base,
        "pchg": None if baseline else 100 * (value - base) / base,
        "ablfl": "Y" if baseline else None, "anl01fl": "Y",
        "avisit": "Baseline" if baseline else VISITS[visit][0], "avisitn": visit,
        "visit": VISITS[visit][0], "visitnum": visit, "adt": on(VISITS[visit][1]),
        "ady": VISITS[visit][1], "awlo": -10, "awhi": 60, "awtarget": 1,
        "awtdiff": abs(VISITS[visit][1] - 1), "awrange": "any", "awu": "DAYS",
    }  # fmt: skip


def laboratory(number):
    for visit in VISITS:
        value = 4 + visit / 10
        ratios = {"a1lo": 3, "a1hi": 5, "r2a1lo": value / 3, "r2a1hi": value / 5}
        ratios |= {"br2a1lo": 4.2 / 3, "br2a1hi": 4.2 / 5, "anrind": "N", "bnrind": "N"}
        copied = {"lbstresn": value, "lbnrind": "NORMAL", "parcat1": "CHEM"}
        row = analysed(number, "lb", "K", "Potassium (mmol/L)", 4.2, visit, value)
        yield row | ratios | copied


def liver(number):
    for row in laboratory(number):
        yield row | {"crit1": "R2A1HI > 1.5", "crit1fl": "N", "crit1fn": 0, "shift1": "N to N",
                     "shift1n": 0}  # fmt: skip


def pressure(number):
    for visit in VISITS:
        row = analysed(number, "vs", "SYSBP", "Systolic (mmHg)", 122.0, visit, 120.0 + visit)
        yield row | {"basetype": "LYING", "atpt": "LYING", "atptn": 1}


def recall(number):
    for visit in VISITS:
        yield analysed(number, "qs", "ACITM01", "Word Recall", 2.0, visit, float(visit))


def adtte(number):
    event = number != 4
    row = {"aval": 32, "adt": date(2020, 2, 10), "cnsr": 0, "evntdesc": "Event", "srcdom": "ADAE",
           "srcvar": "ASTDT", "srcseq": 1}  # fmt: skip
    if number == 2:
        row |= {"aval": 23, "adt": date(2020, 2, 1)}
    if not event:
        row = {"aval": 174, "adt": date(2020, 7, 1), "cnsr": 1, "evntdesc": "Completed",
               "srcdom": "ADSL", "srcvar": "RFENDT", "srcseq": None}  # fmt: skip
    return treated(number) | row | {
        "param": "TIME TO EVENT", "paramcd": "TTDE", "startdt": START, "trtdur": 172,
    }  # fmt: skip


def adam():
    every = SUBJECTS
    bds = {"adlbc": laboratory, "adlbh": laboratory, "adlbhy": liver, "advs": pressure}
    bds |= {"adadas": recall, "adcibc": recall, "adnpix": recall}
    return {
        "adsl": [adsl(n) for n in every],
        "adae": [adae(n) for n in every],
        "adtte": [adtte(n) for n in every],
        **{name: [r for n in every for r in rows(n)] for name, rows in bds.items()},
    }


class Study:
    """The engine that the checks ask: a DuckDB connection that holds the tables."""

    at_once, in_process = 1, False

    def __init__(self):
        self.connection = duckdb.connect()
        self.schema = {}
        rows = sdtm() | adam()
        for table in cdisc().tables:
            schema = pa.schema([(f.name, TYPES[f.kind]) for f in table.fields])
            held = [{n: r.get(n) for n in schema.names} for r in rows[table.name]]
            self.connection.register("rows", pa.Table.from_pylist(held, schema))
            self.connection.execute(f"CREATE TABLE {table.name} AS FROM rows")
            described = self.connection.execute(f"DESCRIBE {table.name}").fetchall()
            self.schema[table.name] = tuple(Column(d[0], d[1]) for d in described)

    def query(self, query):
        return self.connection.sql(query.sql("duckdb")).to_arrow_table()

    def records(self, query):
        return self.query(query).to_pylist()

    @contextmanager
    def scratch(self, name, query):
        self.connection.execute(f"CREATE TEMP TABLE scratch_{name} AS {query.sql('duckdb')}")
        try:
            yield exp.to_table(f"scratch_{name}")
        finally:
            self.connection.execute(f"DROP TABLE scratch_{name}")

    def source(self):
        return Source(self, cdisc(), TODAY)

    @contextmanager
    def planted(self, *statements):
        """Hold a defect while in the block: statements, or `drop table` or `drop table.column`."""
        whole = self.schema
        self.connection.begin()
        try:
            for statement in statements:
                self._plant(statement)
            yield
        finally:
            self.schema = whole
            self.connection.rollback()

    def _plant(self, statement):
        word, _, name = statement.partition(" ")
        if word != "drop":
            (changed,) = self.connection.execute(statement).fetchone()
            assert changed, statement
            return
        table, _, column = name.partition(".")
        left = {} if not column else {
            table: tuple(c for c in self.schema[table] if c.name != column)
        }  # fmt: skip
        self.schema = {t: c for t, c in self.schema.items() if t != table} | left
