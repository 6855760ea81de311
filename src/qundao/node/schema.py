"""The node's tables, as migrations: `user_version` counts those that have run. Never edit one
that has been released; append another.
"""

from __future__ import annotations

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE dataset_version (
        message TEXT PRIMARY KEY,          -- the registration's message id
        name TEXT NOT NULL,
        dsn TEXT NOT NULL,
        model TEXT NOT NULL,               -- 'omop 5.3'
        fingerprint TEXT NOT NULL,         -- of the source's files, to notice a change
        body TEXT NOT NULL,                -- JSON as sent: description, floors, profile, scorecard
        findings TEXT NOT NULL,            -- JSON, stays here: may name example keys
        created_at TEXT NOT NULL,
        accession TEXT,                    -- from the hub's receipt; equal content has the same
        problems TEXT                      -- JSON, when the hub refused it
    ) STRICT;
    CREATE INDEX dataset_version_accession ON dataset_version (accession, created_at);

    CREATE TABLE permit (
        id TEXT PRIMARY KEY,
        payload BLOB NOT NULL,
        signature BLOB NOT NULL,
        protocol TEXT NOT NULL,            -- JSON
        state TEXT NOT NULL CHECK (state IN ('offered', 'countersigned', 'declined', 'revoked')),
        statement BLOB,
        statement_signature BLOB,
        steward TEXT,
        document TEXT,
        reason TEXT,
        offered_at TEXT NOT NULL,
        decided_at TEXT
    ) STRICT;

    CREATE TABLE revocation (               -- by the hub; may arrive before the offer does
        permit TEXT PRIMARY KEY,
        reason TEXT NOT NULL,
        at TEXT NOT NULL
    ) STRICT;

    CREATE TABLE peer (
        node TEXT PRIMARY KEY,
        verify_key TEXT NOT NULL,
        mask_key TEXT NOT NULL,
        permit TEXT NOT NULL               -- the first countersigned permit that named it
    ) STRICT;

    CREATE TABLE letter (
        id TEXT PRIMARY KEY,               -- message id of something the hub sent
        digest TEXT NOT NULL,
        nonce TEXT NOT NULL UNIQUE,
        type TEXT NOT NULL,
        received_at TEXT NOT NULL,
        acknowledged INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE INDEX letter_unacknowledged ON letter (received_at) WHERE acknowledged = 0;

    CREATE TABLE task (
        id TEXT PRIMARY KEY,
        lane TEXT NOT NULL CHECK (lane IN ('study', 'explore')),
        body TEXT NOT NULL,                -- JSON
        digest TEXT NOT NULL,              -- of the body's canonical form
        expires_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('received', 'running', 'answered', 'refused')),
        received_at TEXT NOT NULL,
        started INTEGER NOT NULL DEFAULT 0, -- how often it was begun
        finished_at TEXT,
        answer TEXT,                       -- JSON body of the answer
        problems TEXT,                     -- JSON, in full; the hub sees less of them
        message TEXT,                      -- the outbox entry that carries it
        permit TEXT,
        analysis TEXT,
        accession TEXT NOT NULL,
        round TEXT
    ) STRICT;
    CREATE INDEX task_waiting ON task (received_at) WHERE state IN ('received', 'running');
    CREATE INDEX task_run ON task (permit, analysis, accession) WHERE state = 'answered';

    CREATE TABLE round_used (round TEXT PRIMARY KEY, task TEXT NOT NULL) STRICT;

    CREATE TABLE outbox (
        message TEXT PRIMARY KEY,
        type TEXT NOT NULL,
        envelope TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        created_at TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_error TEXT,                   -- JSON problem
        delivered_at TEXT,
        receipt TEXT,                      -- JSON
        next_at TEXT,                      -- not to be tried before; see last_error
        renewed INTEGER NOT NULL DEFAULT 0 -- how often it was sealed anew under its id
    ) STRICT;
    CREATE INDEX outbox_waiting ON outbox (created_at)
        WHERE delivered_at IS NULL;

    CREATE TABLE budget (
        member TEXT NOT NULL,
        accession TEXT NOT NULL,
        value TEXT NOT NULL,               -- JSON of disclosure.budget.Budget
        PRIMARY KEY (member, accession)
    ) STRICT;

    CREATE TABLE explored (                -- answers given: asking again gives the same
        question TEXT PRIMARY KEY,
        accession TEXT NOT NULL,
        predicate TEXT NOT NULL,           -- JSON
        noisy INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE gate_log (                -- 出域清单
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        recipient TEXT NOT NULL,
        lane TEXT NOT NULL,
        task TEXT NOT NULL UNIQUE,
        message TEXT NOT NULL UNIQUE,
        accession TEXT NOT NULL,
        on_behalf_of TEXT NOT NULL,
        content TEXT NOT NULL,             -- JSON: what left, and under which authority
        decisions TEXT NOT NULL,           -- JSON: the gate's rules
        previous TEXT NOT NULL,            -- digest of the entry before
        digest TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER gate_log_stays BEFORE UPDATE ON gate_log
        BEGIN SELECT RAISE(ABORT, 'the list of what left is append-only'); END;
    CREATE TRIGGER gate_log_keeps BEFORE DELETE ON gate_log
        BEGIN SELECT RAISE(ABORT, 'the list of what left is append-only'); END;

    CREATE TABLE switch_log (               -- stop and resume
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        stopped INTEGER NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT;

    CREATE TABLE incident (                 -- what was rejected before it counted as a message
        digest TEXT PRIMARY KEY,
        problem TEXT NOT NULL,             -- JSON
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        times INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE login (
        digest TEXT PRIMARY KEY,           -- SHA-256 of a one-time code
        expires_at TEXT NOT NULL
    ) STRICT;
    """,
    """
    -- ε belongs to the dataset, whichever version answers, and to the calendar year.
    ALTER TABLE budget RENAME TO budget_of_version;
    CREATE TABLE budget (
        member TEXT NOT NULL,
        dataset TEXT NOT NULL,             -- the node's own name of it
        year TEXT NOT NULL,
        value TEXT NOT NULL,               -- JSON of disclosure.budget.Budget
        PRIMARY KEY (member, dataset, year)
    ) STRICT;
    INSERT INTO budget
        SELECT b.member, d.name, strftime('%Y', 'now'), json_object(
            'total', max(max(json_extract(b.value, '$.total')),
                         sum(json_extract(b.value, '$.spent'))),
            'spent', sum(json_extract(b.value, '$.spent')),
            'questions', json('[' || group_concat(nullif(
                trim(json_extract(b.value, '$.questions'), '[]'), '')) || ']'))
        FROM budget_of_version AS b
        JOIN (SELECT DISTINCT accession, name FROM dataset_version) AS d USING (accession)
        GROUP BY b.member, d.name;
    DROP TABLE budget_of_version;

    ALTER TABLE explored ADD COLUMN dataset TEXT NOT NULL DEFAULT '';
    ALTER TABLE explored ADD COLUMN year TEXT NOT NULL DEFAULT '';
    ALTER TABLE explored ADD COLUMN epsilon INTEGER NOT NULL DEFAULT 0;  -- micro-ε it cost
    UPDATE explored SET
        dataset = coalesce((SELECT name FROM dataset_version AS d
                            WHERE d.accession = explored.accession), ''),
        year = strftime('%Y', 'now'),
        epsilon = coalesce((SELECT json_extract(value, '$.price') FROM setting
                            WHERE name = 'explore'), 100000);
    CREATE INDEX explored_of_year ON explored (dataset, year);

    CREATE TABLE policy_log (              -- changes of the rule for exploring
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        before TEXT NOT NULL,              -- JSON
        after TEXT NOT NULL                -- JSON
    ) STRICT;
    CREATE TRIGGER policy_log_stays BEFORE UPDATE ON policy_log
        BEGIN SELECT RAISE(ABORT, 'the list of changed rules is append-only'); END;
    CREATE TRIGGER policy_log_keeps BEFORE DELETE ON policy_log
        BEGIN SELECT RAISE(ABORT, 'the list of changed rules is append-only'); END;
    """,
    """
    CREATE TABLE waiver_log (              -- shortcomings that the steward lets stand, and ends
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        dataset TEXT NOT NULL,             -- the node's own name of it
        check_id TEXT NOT NULL,            -- an id, or a pattern after the colon
        reason TEXT NOT NULL,
        who TEXT NOT NULL,
        until TEXT NOT NULL,               -- last day; empty where it was ended
        ended INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX waiver_log_dataset ON waiver_log (dataset);
    CREATE TRIGGER waiver_log_stays BEFORE UPDATE ON waiver_log
        BEGIN SELECT RAISE(ABORT, 'the list of waivers is append-only'); END;
    CREATE TRIGGER waiver_log_keeps BEFORE DELETE ON waiver_log
        BEGIN SELECT RAISE(ABORT, 'the list of waivers is append-only'); END;
    """,
    """
    -- People of the member with a sign-in of their own: four eyes need two of them.
    CREATE TABLE person (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE,     -- width, case, blanks and points aside
        number TEXT NOT NULL,              -- the member's own staff number
        number_key TEXT NOT NULL UNIQUE,
        password TEXT,                     -- Argon2; none before the first sign-in
        ended INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE person_log (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        person TEXT NOT NULL REFERENCES person (id),
        event TEXT NOT NULL                -- added, code, password, ended
    ) STRICT;
    CREATE TRIGGER person_log_stays BEFORE UPDATE ON person_log
        BEGIN SELECT RAISE(ABORT, 'the list of people is append-only'); END;
    CREATE TRIGGER person_log_keeps BEFORE DELETE ON person_log
        BEGIN SELECT RAISE(ABORT, 'the list of people is append-only'); END;
    ALTER TABLE login ADD COLUMN person TEXT REFERENCES person (id);

    CREATE TABLE intake_desk (             -- a folder of sources and the folder it is loaded into
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        sources TEXT NOT NULL,
        folder TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        who TEXT NOT NULL REFERENCES person (id)
    ) STRICT;
    CREATE TABLE mapping_version (
        desk TEXT NOT NULL REFERENCES intake_desk (id),
        number INTEGER NOT NULL,
        parent INTEGER NOT NULL,           -- the version that was edited; 0: none
        text TEXT NOT NULL,
        digest TEXT NOT NULL,              -- SHA-256 of the text
        who TEXT NOT NULL REFERENCES person (id),
        at TEXT NOT NULL,
        note TEXT NOT NULL,
        PRIMARY KEY (desk, number)
    ) STRICT;
    CREATE TRIGGER mapping_version_stays BEFORE UPDATE ON mapping_version
        BEGIN SELECT RAISE(ABORT, 'versions of a mapping never change'); END;
    CREATE TRIGGER mapping_version_keeps BEFORE DELETE ON mapping_version
        BEGIN SELECT RAISE(ABORT, 'versions of a mapping never change'); END;
    CREATE TABLE mapping_log (             -- who proposed, returned and released what
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        desk TEXT NOT NULL REFERENCES intake_desk (id),
        version INTEGER NOT NULL,
        event TEXT NOT NULL,
        who TEXT NOT NULL REFERENCES person (id),
        name TEXT NOT NULL,                -- as it was at that time
        mapping TEXT NOT NULL,             -- digest of the text that was decided on
        files TEXT NOT NULL,               -- JSON: digests of the files of codes that it names
        note TEXT NOT NULL,
        previous TEXT NOT NULL,            -- digest of the entry before
        digest TEXT NOT NULL
    ) STRICT;
    CREATE INDEX mapping_log_desk ON mapping_log (desk, version);
    CREATE TRIGGER mapping_log_stays BEFORE UPDATE ON mapping_log
        BEGIN SELECT RAISE(ABORT, 'the journal of mappings is append-only'); END;
    CREATE TRIGGER mapping_log_keeps BEFORE DELETE ON mapping_log
        BEGIN SELECT RAISE(ABORT, 'the journal of mappings is append-only'); END;

    CREATE TABLE intake_job (
        id TEXT PRIMARY KEY,
        request TEXT NOT NULL UNIQUE,      -- of the form: sent again, it starts nothing
        desk TEXT NOT NULL REFERENCES intake_desk (id),
        kind TEXT NOT NULL,
        given TEXT NOT NULL,               -- JSON: what the job works with
        who TEXT NOT NULL REFERENCES person (id),
        asked_at TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'cancelled')),
        tries INTEGER NOT NULL DEFAULT 0,
        pid INTEGER,
        progress TEXT NOT NULL DEFAULT '[]', -- JSON: stages with rows, speed and time left
        told_at TEXT,
        finished_at TEXT,
        outcome TEXT,                      -- JSON: what there is now
        problems TEXT                      -- JSON, where it failed
    ) STRICT;
    CREATE INDEX intake_job_desk ON intake_job (desk, asked_at);
    """,
    """
    -- Whether a concept that the vocabulary lacks says nothing about the people.
    ALTER TABLE dataset_version ADD COLUMN whole INTEGER NOT NULL DEFAULT 0;
    """,
)
