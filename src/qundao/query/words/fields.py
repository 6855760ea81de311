"""What the attributes of events are called, and what can be counted once."""

from __future__ import annotations

from qundao.kernel.words import Words
from qundao.query.criteria import Anchor, Distinct, PersonField

ANCHORS = {Anchor.START: Words("开始", "start"), Anchor.END: Words("结束", "end")}
FIELDS = {
    "type": Words("记录类型", "record type"),
    "status": Words("诊断状态", "condition status"),
    "route": Words("给药途径", "route"),
    "modifier": Words("修饰", "modifier"),
    "operator": Words("比较符", "operator"),
    "value": Words("结果代码", "coded result"),
    "unit": Words("单位", "unit"),
    "qualifier": Words("限定", "qualifier"),
    "value_as_number": Words("数值结果", "numeric result"),
    "value_as_string": Words("文本结果", "text result"),
    "range_low": Words("参考下限", "lower reference limit"),
    "range_high": Words("参考上限", "upper reference limit"),
    "range_low_ratio": Words("结果与参考下限之比", "result divided by its lower reference limit"),
    "range_high_ratio": Words("结果与参考上限之比", "result divided by its upper reference limit"),
    "quantity": Words("数量", "quantity"),
    "days_supply": Words("供药天数", "days of supply"),
    "refills": Words("续配次数", "refills"),
    "effective_drug_dose": Words("有效剂量", "effective dose"),
    "dose_unit": Words("剂量单位", "dose unit"),
    "dose_value": Words("剂量", "dose"),
    "occurrence_count": Words("次数", "number of occurrences"),
    "gap_days": Words("间隔天数", "gap days"),
    "era_length": Words("持续天数", "length in days"),
    "stop_reason": Words("停止原因", "stop reason"),
    "lot_number": Words("批号", "lot number"),
    "unique_device_id": Words("器械唯一标识", "unique device id"),
    "source_id": Words("标本来源编号", "specimen source id"),
    "anatomic_site": Words("解剖部位", "anatomic site"),
    "disease_status": Words("疾病状态", "disease status"),
    "visit": Words("就诊类型", "kind of visit"),
    "provider_specialty": Words("医师专科", "provider's specialty"),
    "place_of_service": Words("就诊场所", "place of service"),
    "payer": Words("支付方", "payer"),
    "payer_source": Words("支付方源代码", "payer's source code"),
    "plan": Words("参保计划", "plan"),
    "sponsor": Words("资助方", "sponsor"),
    "plan_source": Words("参保计划源代码", "plan's source code"),
    "sponsor_source": Words("资助方源代码", "sponsor's source code"),
    "stop_reason_source": Words("停止原因源代码", "stop reason's source code"),
}
PERSON_FIELDS = {
    PersonField.GENDER: Words("性别", "sex"),
    PersonField.RACE: Words("种族", "race"),
    PersonField.ETHNICITY: Words("民族", "ethnicity"),
}
GENDERS = {8507: Words("男", "male"), 8532: Words("女", "female")}
DISTINCT = {
    Distinct.CONCEPT: Words("概念", "concepts"),
    Distinct.DAY: Words("开始日期", "start dates"),
    Distinct.END_DAY: Words("结束日期", "end dates"),
    Distinct.VISIT: Words("就诊", "visits"),
    Distinct.VISIT_DETAIL: Words("就诊明细", "visit details"),
    Distinct.LENGTH: Words("持续天数", "lengths"),
    Distinct.UNIT: Words("单位", "units"),
    Distinct.VALUE: Words("数值", "values"),
    Distinct.RANGE_LOW: Words("参考下限", "lower reference limits"),
    Distinct.RANGE_HIGH: Words("参考上限", "upper reference limits"),
    Distinct.QUANTITY: Words("数量", "quantities"),
    Distinct.DAYS_SUPPLY: Words("供药天数", "days of supply"),
    Distinct.REFILLS: Words("续配次数", "numbers of refills"),
    Distinct.GAP_DAYS: Words("间隔天数", "gap days"),
    Distinct.OCCURRENCES: Words("次数", "numbers of occurrences"),
}
