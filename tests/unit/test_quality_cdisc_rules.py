"""Each rule of SDTM and ADaM: silent on a clean study, and heard when its defect is planted."""

from __future__ import annotations

import re

import pytest

from qundao.models import cdisc
from qundao.quality import KINDS, Status, checks_for, known_rules, run
from qundao.quality.execute import judge, prepare
from support.cdisc_study import TODAY, Study

DEFECTS = {
    "QD-SDTM-0001": ["drop dm"],
    "QD-SDTM-0002": ["drop ae.aeterm"],
    "QD-SDTM-0003": ["update ae set aeterm = '  ' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0004": ["drop ae.aeser"],
    "QD-SDTM-0005": ["insert into te select * from te where etcd = 'TRT'"],
    "QD-SDTM-0006": ["update lb set lbseq = 1 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0007": ["update lb set lbseq = 1.5 where lbseq = 1 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0008": ["update ae set domain = 'EA' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0009": ["update ae set studyid = 'SYN02' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0010": ["update ae set studyid = 'SYN02' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0011": ["update ae set usubjid = 'SYN01-9' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0012": ["insert into dm select * from dm where usubjid = 'SYN01-1'"],
    "QD-SDTM-0013": ["update dm set subjid = '1' where usubjid = 'SYN01-2'"],
    "QD-SDTM-0014": ["update ae set aeterm = repeat('x', 201) where usubjid = 'SYN01-1'"],
    "QD-SDTM-0015": ["update ae set aestdtc = '10FEB2020' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0016": ["update ae set aestdtc = '2020-03' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0017": ["update ae set aestdy = 31 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0018": ["update ae set aedy = 0 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0019": ["update ae set aestdy = 31 where usubjid = 'SYN01-2'"],
    "QD-SDTM-0020": ["update ae set aestdy = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0021": ["update dm set dthdtc = '2020-01-15' where usubjid = 'SYN01-4'"],
    "QD-SDTM-0022": ["update dm set rfpendtc = '2020-01-15' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0023": ["update dm set rficdtc = '2020-01-11' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0024": ["update dm set sex = 'FEMALE' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0025": ["update dm set race = 'Asian' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0026": ["update dm set ethnic = 'HAN' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0027": ["update dm set ageu = 'years' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0028": ["update dm set ageu = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0029": ["update dm set age = -1 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0030": ["update dm set age = 121 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0031": ["update dm set country = 'China' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0032": ["update dm set dthfl = 'N' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0033": ["update dm set dthfl = null where usubjid = 'SYN01-4'"],
    "QD-SDTM-0034": ["update dm set dthdtc = null where usubjid = 'SYN01-4'"],
    "QD-SDTM-0035": ["update dm set dthfl = 'Y' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0036": ["update dm set armcd = 'A CODE OF TOO MANY SIGNS' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0037": ["update dm set arm = 'Another' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0038": ["update dm set armcd = 'OLD' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0039": ["update dm set actarmcd = 'OLD' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0040": ["update dm set armcd = 'Scrnfail' where usubjid = 'SYN01-5'"],
    "QD-SDTM-0041": ["update dm set actarm = 'placebo' where actarmcd = 'PBO'"],
    "QD-SDTM-0042": ["update dm set rfstdtc = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0043": ["update dm set rfendtc = '2020-01' where usubjid = 'SYN01-1'",
                     "update dm set rfstdtc = '2020-02' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0044": ["update dm set rficdtc = '2020-01-11' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0045": ["update dm set dthdtc = '2019-12-31' where usubjid = 'SYN01-4'"],
    "QD-SDTM-0046": ["update dm set rfxstdtc = '2020-01-11' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0047": ["update dm set rfxendtc = '2020-06-30' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0048": ["update dm set rfxstdtc = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0049": ["delete from ex where usubjid = 'SYN01-1'"],
    "QD-SDTM-0050": ["update ex set usubjid = 'SYN01-5' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0051": ["delete from se where usubjid = 'SYN01-1'"],
    "QD-SDTM-0052": ["delete from sv where usubjid = 'SYN01-1' and visitnum = 3"],
    "QD-SDTM-0053": ["update lb set visit = 'WEEK 5' where usubjid = 'SYN01-1' and visitnum = 3"],
    "QD-SDTM-0054": ["update lb set visitdy = 29 where usubjid = 'SYN01-1' and visitnum = 3"],
    "QD-SDTM-0055": ["update lb set visit = 'WEEK 5' where visitnum = 3"],
    "QD-SDTM-0056": ["update lb set visitdy = 29 where visitnum = 3"],
    "QD-SDTM-0057": ["update sv set visitnum = 3.1 where usubjid = 'SYN01-1' and visitnum = 3"],
    "QD-SDTM-0058": ["update sv set svupdes = 'Rash' where usubjid = 'SYN01-1' and visitnum = 3"],
    "QD-SDTM-0059": ["update lb set lbdtc = '2020-02-07' where usubjid = 'SYN01-1' and lbseq = 3"],
    "QD-SDTM-0060": ["update ae set epoch = 'WASHOUT' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0061": ["update se set etcd = 'OLD' where usubjid = 'SYN01-1' and etcd = 'TRT'"],
    "QD-SDTM-0062": ["update se set element = 'Old' where usubjid = 'SYN01-1' and etcd = 'TRT'"],
    "QD-SDTM-0063": ["update se set etcd = 'UNPLAN' where usubjid = 'SYN01-1' and etcd = 'TRT'"],
    "QD-SDTM-0064": ["update se set seupdes = 'Why' where usubjid = 'SYN01-1' and etcd = 'TRT'"],
    "QD-SDTM-0065": ["update te set etcd = 'TREATMENT' where etcd = 'TRT'"],
    "QD-SDTM-0066": ["update te set tedur = null where etcd = 'TRT'"],
    "QD-SDTM-0067": ["update te set tedur = '1 week' where etcd = 'TRT'"],
    "QD-SDTM-0068": ["update te set element = 'Screen'"],
    "QD-SDTM-0069": ["update ta set taetord = 1.5 where armcd = 'PBO' and taetord = 1"],
    "QD-SDTM-0070": ["update ti set ietestcd = '1INCL' where ietestcd = 'INCL01'"],
    "QD-SDTM-0071": ["update ti set ietestcd = 'INCL01'"],
    "QD-SDTM-0072": ["update ti set iecat = 'Inclusion' where ietestcd = 'INCL01'"],
    "QD-SDTM-0073": ["delete from ts where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0074": ["update ts set tsparm = 'Parameter ADDON' where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0075": ["update ts set tsparmcd = 'RANDOMIZED' where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0076": ["update ts set tsval = null where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0077": ["update ts set tsvalnf = 'NA' where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0078": ["update ts set tsvcdref = null where tsparmcd = 'TCNTRL'"],
    "QD-SDTM-0079": ["update ts set tsval = 'January' where tsparmcd = 'SSTDTC'"],
    "QD-SDTM-0080": ["update ts set tsval = 'YES' where tsparmcd = 'RANDOM'"],
    "QD-SDTM-0081": ["update ae set aesev = 'mild' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0082": ["update ae set aeout = 'BETTER' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0083": ["update ae set aeacn = 'NOTHING' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0084": ["update ae set aeser = 'no' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0085": ["update ae set aeser = 'Y' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0086": ["update ae set aeshosp = 'Y' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0087": ["update ae set aesdth = null where usubjid = 'SYN01-4'"],
    "QD-SDTM-0088": ["update ae set aeout = 'UNKNOWN' where usubjid = 'SYN01-4'"],
    "QD-SDTM-0089": ["update ae set aeout = 'FATAL' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0090": ["update ae set aeout = 'NOT RECOVERED/NOT RESOLVED' where aeout <> 'FATAL'"],
    "QD-SDTM-0091": ["update ae set aeendtc = '' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0092": ["update ae set aedecod = 'RASH' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0093": ["update ae set aesoc = 'BLOOD' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0094": ["update ae set aerel = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0095": ["update ds set dsdecod = 'MOVED AWAY' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0096": ["update ds set dscat = 'EVENT' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0097": ["insert into ds select * from ds where usubjid = 'SYN01-1'"],
    "QD-SDTM-0098": ["update ds set dsdecod = 'DEATH' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0099": ["update ds set dsstdtc = '2020-06-29' where usubjid = 'SYN01-4'"],
    "QD-SDTM-0100": ["update ex set exdose = -1 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0101": ["update ex set exdosu = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0102": ["update ex set exdose = 54 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0103": ["update ex set exstdtc = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0104": ["update mh set mhstdtc = '2020-03-01' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0105": ["update lb set lbtestcd = 'POTASSIUM' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0106": ["update lb set lbtest = repeat('x', 41) where usubjid = 'SYN01-1'"],
    "QD-SDTM-0107": ["update lb set lbtest = 'Kalium' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0108": ["update lb set lbstresn = 4 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0109": ["update lb set lbstresn = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0110": ["update lb set lbstresc = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0111": ["update lb set lbstresc = ' ' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0112": ["update vs set vsorres = '36' where vsseq = 9 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0113": ["update vs set vsstat = null where vsseq = 9 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0114": ["update vs set vsstat = 'Not done' where vsseq = 9 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0115": ["update qs set qsreasnd = 'TIRED' where qsseq = 1 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0116": ["update qs set qsreasnd = null where qsseq = 9 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0117": ["update lb set lbblfl = 'N' where lbseq = 3 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0118": ["update vs set vsblfl = 'Y' where vsseq = 1 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0119": ["update lb set lbblfl = 'Y' where lbseq = 3 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0120": ["update lb set lbstresc = null where lbseq = 2 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0121": ["update lb set lbstresu = 'mEq/L' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0122": ["update lb set lbstresu = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0123": ["update vs set vsstresu = null where vsseq = 1 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0124": ["update lb set lborres = '7' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0125": ["update lb set lbnrind = 'H' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0126": ["update lb set lbnrind = 'HIGH' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0127": ["update lb set lbstnrlo = 6 where usubjid = 'SYN01-1'"],
    "QD-SDTM-0128": ["update vs set vstpt = 'STANDING' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0129": ["update vs set vstptref = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0130": ["update vs set vsstresn = 400 where vsseq = 1 and usubjid = 'SYN01-1'"],
    "QD-SDTM-0131": ["update lb set lbdtc = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0132": ["update suppae set rdomain = 'DM' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0133": ["update suppae set idvarval = '7' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0134": ["insert into suppdm select * from suppdm where usubjid = 'SYN01-1'"],
    "QD-SDTM-0135": ["update suppae set qnam = '2ND' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0136": ["update suppae set qlabel = repeat('x', 41) where usubjid = 'SYN01-1'"],
    "QD-SDTM-0137": ["update suppae set qlabel = 'Another' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0138": ["update suppae set idvar = null where usubjid = 'SYN01-1'"],
    "QD-SDTM-0139": ["update suppae set qorig = 'Hearsay' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0140": ["update relrec set reltype = 'TWO' where usubjid = 'SYN01-1'"],
    "QD-SDTM-0141": ["update relrec set usubjid = null, idvarval = null, reltype = null"
                     " where usubjid = 'SYN01-1'"],
    "QD-SDTM-0142": ["insert into relrec select * from relrec where usubjid = 'SYN01-1'"],
    "QD-ADAM-0001": ["drop adsl"],
    "QD-ADAM-0002": ["drop adlbc.paramcd"],
    "QD-ADAM-0003": ["update adlbc set param = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0004": ["insert into adsl select * from adsl where usubjid = 'SYN01-1'"],
    "QD-ADAM-0005": ["update adsl set usubjid = 'SYN01-9' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0006": ["update adlbc set usubjid = 'SYN01-9' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0007": ["delete from adsl where usubjid = 'SYN01-1'"],
    "QD-ADAM-0008": ["update advs set studyid = 'SYN02' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0009": ["update advs set studyid = 'SYN02'"],
    "QD-ADAM-0010": ["update adsl set race = 'WHITE' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0011": ["update adsl set rfendtc = '2020-07-02' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0012": ["update adsl set trt01p = 'Xanomeline' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0013": ["update adsl set trt01a = 'Xanomeline' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0014": ["update adsl set trtsdt = date '2020-01-11' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0015": ["update adsl set trtedt = date '2020-06-30' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0016": ["update adsl set trtedt = date '2020-01-09' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0017": ["update adsl set trtdurd = 171 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0018": ["update adsl set saffl = 'U' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0019": ["update adsl set efffl = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0020": ["update adlbc set ablfl = 'N' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0021": ["update adsl set trtsdt = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0022": ["update adsl set saffl = 'N' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0023": ["update adsl set trt01p = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0024": ["update adlbc set racen = 4 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0025": ["update adsl set eosstt = 'DONE' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0026": ["update adsl set eosstt = 'COMPLETED' where usubjid = 'SYN01-3'"],
    "QD-ADAM-0027": ["update adsl set dcsreas = null where usubjid = 'SYN01-3'"],
    "QD-ADAM-0028": ["update adsl set dcsreas = 'Moved' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0029": ["update adsl set dcdecod = 'OTHER' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0030": ["update adsl set dthfl = null where usubjid = 'SYN01-4'"],
    "QD-ADAM-0031": ["update adsl set weightbl = 1 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0032": ["update adsl set heightbl = 300 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0033": ["update adsl set bmibl = 24.3 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0034": ["update adsl set trt01a = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0035": ["update advs set age = 71 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0036": ["update advs set trtsdt = date '2020-01-11' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0037": ["update advs set saffl = 'N' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0038": ["update advs set trtp = 'Xanomeline' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0039": ["update adae set trta = 'Xanomeline' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0040": ["update adae set aeseq = 2 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0041": ["insert into adae select * from adae where usubjid = 'SYN01-1'"],
    "QD-ADAM-0042": ["update adae set aesev = 'SEVERE' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0043": ["update adae set astdt = date '2020-02-11' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0044": ["update adae set aendt = date '2020-02-21' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0045": ["update adae set astdtf = 'D' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0046": ["update adae set astdtf = null where usubjid = 'SYN01-2'"],
    "QD-ADAM-0047": ["update adae set astdtf = 'day' where usubjid = 'SYN01-2'"],
    "QD-ADAM-0048": ["update adae set astdt = date '2020-02-21' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0049": ["update adae set astdy = 31 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0050": ["update adae set adurn = 10 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0051": ["update adae set aduru = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0052": ["update adae set astdt = date '2020-01-09' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0053": ["update adae set trtemfl = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0054": ["insert into adae select * from adae where usubjid = 'SYN01-1'"],
    "QD-ADAM-0055": ["update adae set aeser = 'no' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0056": ["update advs set param = 'Another' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0057": ["update advs set paramn = 2 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0058": ["update advs set paramcd = 'SYSTOLICBP' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0059": ["update adlbc set parcat1 = 'HEM' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0060": ["update advs set avisitn = 4 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0061": ["update advs set atptn = 2 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0062": ["update advs set ady = 29 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0063": ["update advs set ady = 0 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0064": ["update advs set aval = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0065": ["update advs set ablfl = 'Y' where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0066": ["update advs set base = 121 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0067": ["update advs set ablfl = null where avisitn = 2 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0068": ["update advs set base = null where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0069": ["update advs set base = 121 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0070": ["update advs set chg = 2 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0071": ["update advs set base = null where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0072": ["update advs set pchg = 1 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0073": ["update advs set base = 0 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0074": ["update advs set ablfl = 'Y' where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0075": ["update advs set aval = null where avisitn = 2 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0076": ["update advs set vsseq = 77 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0077": ["update advs set aval = 7 where avisitn = 3 and usubjid = 'SYN01-1'"],
    "QD-ADAM-0078": ["update advs set adt = date '2020-02-07' where avisitn = 3"],
    "QD-ADAM-0079": ["update advs set visit = 'WEEK 5' where avisitn = 3"],
    "QD-ADAM-0080": ["update advs set paramcd = 'DIABP' where avisitn = 3"],
    "QD-ADAM-0081": ["update adlbc set a1lo = 6 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0082": ["update adlbc set r2a1hi = 2 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0083": ["update adlbc set br2a1hi = 2 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0084": ["update adlbc set bnrind = 'H' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0085": ["update adlbhy set crit1fl = 'U' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0086": ["update adlbhy set crit1 = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0087": ["update adlbhy set crit1fn = 1 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0088": ["update adadas set awtdiff = 7 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0089": ["update adadas set awhi = 20 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0090": ["insert into adtte select * from adtte where usubjid = 'SYN01-1'"],
    "QD-ADAM-0091": ["update adtte set startdt = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0092": ["update adtte set cnsr = -1 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0093": ["update adtte set startdt = date '2020-02-11' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0094": ["update adtte set aval = 31 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0095": ["update adtte set evntdesc = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0096": ["update adtte set cnsr = 1 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0097": ["update adtte set srcvar = null where usubjid = 'SYN01-1'"],
    "QD-ADAM-0098": ["update adtte set srcseq = 9 where usubjid = 'SYN01-1'"],
    "QD-ADAM-0099": ["update adtte set adt = date '2020-02-11' where usubjid = 'SYN01-1'"],
    "QD-ADAM-0100": ["delete from adtte where usubjid = 'SYN01-1'"],
}  # fmt: skip
"""What is planted per rule: statements, or `drop table` or `drop table.column`."""


@pytest.fixture(scope="module")
def study():
    return Study()


def failed(study, checks):
    report = run(study, cdisc(), checks=checks, today=TODAY)
    assert not [f for f in report.findings if f.status is Status.ERROR]
    return {f.check.id: f.violated_rows for f in report.findings if f.status is Status.FAILED}


def of(rule):
    return [c for c in checks_for(cdisc()) if c.rule.id == rule]


def test_a_clean_study_breaks_no_rule_and_every_rule_is_asked_of_it(study):
    report = run(study, cdisc(), today=TODAY)
    assert {f.check.id for f in report.findings if f.status in ("failed", "error")} == set()
    assert report.scorecard.total == 100


def test_one_scan_per_table_says_what_one_query_per_check_says(study):
    checks = [c for c in checks_for(cdisc()) if c.table in ("dm", "lb", "advs", "suppae")]
    planted = [DEFECTS[r][0] for r in ("QD-SDTM-0017", "QD-SDTM-0118", "QD-ADAM-0066")]
    with study.planted(*planted, *DEFECTS["QD-SDTM-0133"], *DEFECTS["QD-SDTM-0037"]):
        fused, alone = (
            run(study, cdisc(), checks=checks, today=TODAY, fused=f) for f in (True, False)
        )
    assert [f.to_json() for f in fused.findings] == [f.to_json() for f in alone.findings]
    assert len([f for f in fused.findings if f.status is Status.FAILED]) > 4


def test_there_is_a_defect_for_every_rule():
    assert set(DEFECTS) == set(known_rules())
    assert len(DEFECTS) == 242


@pytest.mark.parametrize("rule", DEFECTS)
def test_a_planted_defect_is_heard_by_its_rule(rule, study):
    with study.planted(*DEFECTS[rule]):
        assert failed(study, of(rule))


ALONE = {
    "isRequired": ("QD-SDTM-0003", DEFECTS["QD-SDTM-0003"]),
    "isPrimaryKey": ("QD-SDTM-0005", DEFECTS["QD-SDTM-0005"]),
    "isForeignKey": ("QD-SDTM-0060", DEFECTS["QD-SDTM-0060"]),
    "cdmDatatype": ("QD-SDTM-0069", DEFECTS["QD-SDTM-0069"]),
    "isIso8601": ("QD-SDTM-0015", ["update dm set dmdtc = '3JAN2020' where usubjid = 'SYN01-5'"]),
    "isControlledTerm": ("QD-SDTM-0096", DEFECTS["QD-SDTM-0096"]),
    "isConsistent": ("QD-SDTM-0028", DEFECTS["QD-SDTM-0028"]),
    "isOnlyOne": ("QD-SDTM-0142", DEFECTS["QD-SDTM-0142"]),
    "isDeterminedBy": ("QD-ADAM-0059", DEFECTS["QD-ADAM-0059"]),
    "isLinked": ("QD-SDTM-0133", DEFECTS["QD-SDTM-0133"]),
    "hasValues": ("QD-SDTM-0073", DEFECTS["QD-SDTM-0073"]),
    "agreesWith": ("QD-ADAM-0035", DEFECTS["QD-ADAM-0035"]),
    "isElapsedDays": ("QD-ADAM-0017", DEFECTS["QD-ADAM-0017"]),
    "measureSubjectCompleteness": ("QD-ADAM-0100", DEFECTS["QD-ADAM-0100"]),
    "measureValueCompleteness": ("QD-SDTM-0094", DEFECTS["QD-SDTM-0094"]),
    "plausibleStartBeforeEnd": (
        "QD-SDTM-0016", ["update cm set cmendtc = '2020-01', cmendy = null, cmstdtc = '2020-02',"
                         " cmstdy = null where usubjid = 'SYN01-1'"]),
    "plausibleValueLow": ("QD-SDTM-0100", ["update cm set cmdose = -1 where usubjid = 'SYN01-1'"]),
    "plausibleValueHigh": (
        "QD-ADAM-0032", ["update adsl set weightbl = 400, bmibl = null where usubjid = 'SYN01-1'"]),
}  # fmt: skip
"""By kind of check, a defect that breaks one rule and no other."""


@pytest.fixture(scope="module")
def scans(study):
    """Every scan of every rule, with the statement that it asks."""
    plan = prepare(checks_for(cdisc()), study.source())
    return [(scan, scan.query().sql("duckdb")) for scan in plan.scans]


@pytest.mark.parametrize("kind", ALONE)
def test_a_defect_of_one_kind_is_heard_by_its_rule_and_no_other(kind, study, scans):
    rule, statements = ALONE[kind]
    assert kind in {c.check for c in of(rule)}
    table = re.search(r"(?:update|into|from) (\w+)", statements[0]).group(1)
    touched = [(scan, text) for scan, text in scans if re.search(rf"\b{table}\b", text)]
    assert touched
    with study.planted(*statements):
        heard = {check.rule.id for scan, text in touched for check in broken(study, scan, text)}
    assert heard == {rule}


def broken(study, scan, text):
    answer = study.connection.sql(text).to_arrow_table().to_pylist()
    return [c for c, n in scan.counts(answer) if judge(c, n).status is Status.FAILED]


def test_every_kind_that_asks_the_data_has_such_a_defect():
    used = {c.check for c in checks_for(cdisc())}
    assert used - {"cdmTable", "cdmField"} == set(ALONE)
    assert used < set(KINDS)
