"""Closed lists of Appendix C: the values that are stored, and the words people see."""

from typing import Literal

from models.vocabulary.text import Text

ScenarioCategory = Literal["travel", "food", "clothing", "housing", "daily", "other"]
SCENARIO_CATEGORIES = {
    "travel": Text("Green travel", "绿色出行"),
    "food": Text("Green dining", "绿色餐饮"),
    "clothing": Text("Green clothing", "绿色衣着"),
    "housing": Text("Low-carbon living", "低碳居住"),
    "daily": Text("Green consumption", "绿色消费"),
    "other": Text("Other", "其他"),
}

ScenarioSubcategory = Literal[
    "metro", "bus", "shared_bike", "electric_car", "home_power", "dining", "second_hand", "other"
]
SCENARIO_SUBCATEGORIES = {
    "metro": Text("Metro", "轨道交通"),
    "bus": Text("Bus", "地面公交"),
    "shared_bike": Text("Shared bicycles", "互联网租赁自行车"),
    "electric_car": Text("Battery electric cars", "纯电动乘用车"),
    "home_power": Text("Low-carbon household electricity", "居民低碳用电"),
    "dining": Text("Low-carbon dining", "低碳餐饮"),
    "second_hand": Text("Re-use of goods", "闲置物品循环利用"),
    "other": Text("Other", "其他"),
}

GeoScope = Literal["city", "districts"]
GEO_SCOPES = {
    "city": Text("The whole city", "全市"),
    "districts": Text("Some districts", "部分区"),
}

FacilityType = Literal["app", "mini_program", "terminal", "backend"]
FACILITY_TYPES = {
    "app": Text("App", "App"),
    "mini_program": Text("Mini program", "小程序"),
    "terminal": Text("Terminal or device", "终端设备"),
    "backend": Text("Business platform", "业务平台"),
}

ReportFrequency = Literal["realtime", "day", "month"]
REPORT_FREQUENCIES = {
    "realtime": Text("In real time", "实时"),
    "day": Text("Daily", "按日"),
    "month": Text("Monthly", "按月"),
}

AuthMode = Literal["real_name", "mobile", "third_party"]
AUTH_MODES = {
    "real_name": Text("Real name", "实名认证"),
    "mobile": Text("Mobile number", "手机号认证"),
    "third_party": Text("Third party", "第三方认证"),
}

DataFieldType = Literal["text", "integer", "decimal", "datetime", "boolean"]
DATA_FIELD_TYPES = {
    "text": Text("Text", "文本"),
    "integer": Text("Integer", "整数"),
    "decimal": Text("Decimal", "小数"),
    "datetime": Text("Date and time", "日期时间"),
    "boolean": Text("Yes or no", "是否"),
}
