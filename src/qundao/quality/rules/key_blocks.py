"""Uniqueness of whole-number keys without a group per key.

Databases number their rows nearly one after the other. So keys are taken in blocks of 32
neighbours, and a block is summed up in three numbers: how many rows, which keys occur (bits joined
by OR) and which occur an odd number of times (bits joined by XOR). Where no key occurs more than
twice, those that occur and are not odd are the repeated ones, and the number of rows proves it.
Only blocks where it does not are counted key by key.
"""

from __future__ import annotations

from sqlglot import exp

from qundao.quality.measure import ROW, Base, Lookup, Shared, row

BLOCK_BITS = 5
ROWS, REPEATED = "n", "again"
_KEYS_IN_BLOCK = 2**BLOCK_BITS
_BLOCKS, _BLOCK, _HELD, _ODD = "blocks", "block", "held", "odd"


def counted_by_block(table: str, key: str) -> Base:
    """Return rows with the field `key`, `n` rows of the data, `again` of which repeat a key."""
    blocks = _blocks(table, key)

    def query() -> exp.Query:
        whole = exp.union(_told(key, blocks), _counted(table, key, blocks), distinct=False)
        return exp.union(whole, _without_key(table, key), distinct=False)

    return Base(f"{table}_by_{key}_in_blocks", query, table, ROWS, (blocks,))


def repeated_keys(table: str, key: str, most: int) -> Base:
    """Return keys that occur more than once, from up to `most` blocks that hold one."""
    blocks = _blocks(table, key)
    repeating = exp.column(ROWS).neq(exp.BitwiseCount(this=exp.column(_HELD)))
    some = exp.select(_BLOCK).from_(blocks.name).where(repeating).limit(most)

    def query() -> exp.Query:
        return _by_key(table, key, some, row(key)).having(_all_rows() > 1)

    return Base(f"{table}_{key}_repeated", query, table, needs=(blocks,))


def held_by(table: str, key: str) -> tuple[Lookup, exp.Expr]:
    """Return the lookup of a base row's `key` in a table's blocks, and whether the table holds it.

    It answers "is there any row?" with a group per 32 keys, where DISTINCT needs one per key.
    """
    alias = f"in_{table}"
    held = exp.column(_HELD, table=alias)
    blocks = (
        exp.select(_block(key).as_(_BLOCK), exp.BitwiseOrAgg(this=_bit(key)).as_(_HELD))
        .from_(exp.to_table(table).as_(ROW))
        .where(_present(key))
        .group_by(_block(key))
    )
    same_block = _block(key).eq(exp.column(_BLOCK, table=alias))
    lookup = Lookup(alias, Shared(f"blocks_{table}_{key}", blocks, over=table), same_block)
    found = exp.BitwiseAnd(this=held, expression=exp.paren(_bit(key)))
    return lookup, exp.func("COALESCE", found, exp.Literal.number(0)).neq(0)


def _blocks(table: str, key: str) -> Shared:
    block, bit = _block(key), _bit(key)
    query = (
        exp.select(
            block.as_(_BLOCK),
            _all_rows().as_(ROWS),
            exp.BitwiseOrAgg(this=bit).as_(_HELD),
            exp.BitwiseXorAgg(this=bit.copy()).as_(_ODD),
        )
        .from_(exp.to_table(table).as_(ROW))
        .where(_present(key))
        .group_by(block.copy())
    )
    return Shared(f"{table}_{key}_{_BLOCKS}", query, worth_keeping=True)


def _told(key: str, blocks: Shared) -> exp.Select:
    """Return the blocks whose three numbers tell all."""
    return (
        exp.select(exp.column(_BLOCK).as_(key), exp.column(ROWS), (_even() * 2).as_(REPEATED))
        .from_(blocks.name)
        .where(exp.column(ROWS).eq(_rows_if_none_thrice()))
    )


def _counted(table: str, key: str, blocks: Shared) -> exp.Select:
    """Return the keys of the other blocks, one by one."""
    other = exp.select(_BLOCK).from_(blocks.name)
    other = other.where(exp.column(ROWS).neq(_rows_if_none_thrice()))
    again = exp.Case().when(_all_rows() > 1, _all_rows()).else_(exp.Literal.number(0))
    return _by_key(table, key, other, row(key), _all_rows().as_(ROWS), again.as_(REPEATED))


def _without_key(table: str, key: str) -> exp.Select:
    nothing = exp.cast(exp.null(), "BIGINT")
    columns = (nothing.as_(key), _all_rows().as_(ROWS), exp.Literal.number(0).as_(REPEATED))
    return exp.select(*columns).from_(exp.to_table(table).as_(ROW)).where(exp.not_(_present(key)))


def _by_key(table: str, key: str, blocks: exp.Select, *columns: exp.Expr) -> exp.Select:
    return (
        exp.select(*columns)
        .from_(exp.to_table(table).as_(ROW))
        .where(exp.In(this=_block(key), query=blocks.subquery()))
        .group_by(row(key))
    )


def _block(key: str) -> exp.Expr:
    return exp.BitwiseRightShift(this=row(key), expression=exp.Literal.number(BLOCK_BITS))


def _bit(key: str) -> exp.Expr:
    place = exp.BitwiseAnd(this=row(key), expression=exp.Literal.number(_KEYS_IN_BLOCK - 1))
    one = exp.cast(exp.Literal.number(1), "BIGINT")
    return exp.BitwiseLeftShift(this=one, expression=exp.cast(exp.paren(place), "INT"))


def _even() -> exp.Expr:
    """Return how many keys of a block occur an even number of times."""
    odd = exp.BitwiseNot(this=exp.column(_ODD))
    return exp.BitwiseCount(this=exp.BitwiseAnd(this=exp.column(_HELD), expression=odd))


def _rows_if_none_thrice() -> exp.Expr:
    return exp.BitwiseCount(this=exp.column(_ODD)) + _even() * 2


def _all_rows() -> exp.Expr:
    return exp.Count(this=exp.Star())


def _present(key: str) -> exp.Expr:
    return exp.not_(exp.Is(this=row(key), expression=exp.null()))
