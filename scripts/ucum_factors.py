"""Reckons conversion factors with ucumvert and pint, against which the tests hold our own.

Neither is a dependency. In an environment of its own:
    pip install ucumvert==0.3.2 pint==0.25.3
    python scripts/ucum_factors.py > tests/conformance/ucum_factors.csv
"""

from __future__ import annotations

import csv
import sys

from ucumvert import PintUcumRegistry

GROUPS = (
    "g kg mg ug ng pg fg t [lb_av] [oz_av]",
    "m cm mm um nm km [in_i] [ft_i]",
    "L l dL cL mL uL nL fL m3 cm3 mm3 [drp]",
    "s ms min h d wk mo a 24.h",
    "mol mmol umol nmol pmol fmol",
    "g/L mg/dL mg/L ug/mL ug/L ng/mL ng/L pg/mL g/dL g% ng/dL ug/dL mg/mL kg/m3",
    "mol/L mmol/L umol/L nmol/L pmol/L mmol/dL umol/mL mol/m3",
    "/L /uL /mL 10*9/L 10*12/L 10*3/uL 10*6/uL 10^9/L 10*4/uL 10*6/mL",
    "% [ppth] [ppm] [ppb] g/g mg/g ug/mg L/L mmol/mol 10*-3",
    "U kat umol/min nkat mU",
    "U/L ukat/L nkat/L U/mL mU/mL kU/L",
    "Pa kPa mm[Hg] cm[H2O] mm[H2O] bar hPa N/m2 dyn/cm2",
    "J kJ cal kcal W.s",
    "/s /min /h Hz",
    "mL/min mL/s L/h L/min m3/s",
    "mm/h cm/s m/s",
    "g/(24.h) mg/d g/d mg/h",
    "mmol/(24.h) umol/d mmol/h",
    "mg/kg ug/g g/kg",
    "mg/kg/d ug/kg/min mg/kg/h",
    "mg/mmol g/mol ug/umol",
    "kg/m2 g/cm2 mg/cm2",
    "Bq Ci kBq MBq mCi",
    "Pa.s mPa.s P",
    "Sv mSv Gy J/kg",
    "V mV uV",
    "m2 cm2 mm2",
    "Ohm V/A",
    "m-1 [diop]",
)


def main() -> None:
    """Write from, to, factor for each unit of a group and the group's first."""
    registry = PintUcumRegistry()
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("from", "to", "factor"))
    for group in GROUPS:
        first, *others = group.split()
        target = registry.from_ucum(first)
        for code in others:
            try:
                factor = registry.from_ucum(code).to(target.units).magnitude / target.magnitude
            except Exception as error:
                sys.stderr.write(f"{code} -> {first}: {error}\n")
                continue
            writer.writerow((code, first, repr(float(factor))))
    for value in (-40, 0, 37, 98.6):
        kelvin = registry.Quantity(value, registry.from_ucum("[degF]").units).to("kelvin")
        writer.writerow((f"{value} [degF]", "K", repr(float(kelvin.magnitude))))


if __name__ == "__main__":
    main()
