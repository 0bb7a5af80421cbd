"""Value types with Chinese check rules, shared by the forms (domain dossier, section 2.0)."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field
from stdnum.cn import uscc as _uscc
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.iso7064 import mod_11_2

_SHANGHAI = ZoneInfo("Asia/Shanghai")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def _today() -> date:
    return datetime.now(_SHANGHAI).date()


def normalise_code(value: object) -> object:
    """Trim, half-width and upper-case a code typed by a person."""
    if not isinstance(value, str):
        return value
    return re.sub(r"[\s-]", "", value.translate(_FULL_WIDTH)).upper()


def check_uscc(value: str) -> str:
    """Unified social credit code 统一社会信用代码 (GB 32100-2015), check digit included."""
    try:
        return str(_uscc.validate(value))
    except StdnumError as error:
        raise ValueError("统一社会信用代码不正确：应为 18 位，请核对校验码") from error


def check_cn_id(value: str) -> str:
    """Resident identity number 居民身份证号 (GB 11643): date and mod 11-2 check digit."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", value):
        raise ValueError("身份证号不正确：应为 18 位，末位为数字或 X")
    try:
        born = date(int(value[6:10]), int(value[10:12]), int(value[12:14]))
    except ValueError as error:
        raise ValueError("身份证号不正确：出生日期无效") from error
    if born > _today():
        raise ValueError("身份证号不正确：出生日期晚于今天")
    if not mod_11_2.is_valid(value):
        raise ValueError("身份证号不正确：校验码不符，请核对")
    return value


def check_mobile(value: str) -> str:
    """Mainland mobile number 手机号."""
    if not re.fullmatch(r"1[3-9][0-9]{9}", value):
        raise ValueError("手机号不正确：应为 11 位，以 13–19 开头")
    return value


#: Addresses mail servers take: words with dots between them, and a host name.
EMAIL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[\w-]+\.)+[\w-]+", re.ASCII)


def check_email(value: str) -> str:
    if len(value) > 254 or not EMAIL.fullmatch(value):
        raise ValueError("邮箱格式不正确，例如 name@example.com")
    return value


def check_not_future(value: date) -> date:
    if value > _today():
        raise ValueError("日期不能晚于今天")
    return value


Uscc = Annotated[str, BeforeValidator(normalise_code), AfterValidator(check_uscc)]
CnId = Annotated[str, BeforeValidator(normalise_code), AfterValidator(check_cn_id)]
Mobile = Annotated[str, BeforeValidator(normalise_code), AfterValidator(check_mobile)]
Email = Annotated[str, AfterValidator(check_email)]
PastDate = Annotated[date, AfterValidator(check_not_future)]
Tonnes = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=3)]
#: To the gram: what persons are given is not rounded to kilograms (J01).
TonnesToTheGram = Annotated[Decimal, Field(ge=0, max_digits=21, decimal_places=6)]
Kwh = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
Longitude = Annotated[Decimal, Field(ge=120, le=123, max_digits=10, decimal_places=6)]
Latitude = Annotated[Decimal, Field(ge=30, le=32, max_digits=10, decimal_places=6)]


def mask_id(value: str) -> str:
    """3101**********0172: first four and last four stay (rule M10)."""
    return value if len(value) < 9 else value[:4] + "*" * (len(value) - 8) + value[-4:]


def mask_mobile(value: str) -> str:
    """138****8000."""
    return value if len(value) < 7 else value[:3] + "****" + value[-4:]


def mask_text(text: str) -> str:
    """Mask every identity number and mobile number inside a free text, in whatever digits (rule M10, I35)."""
    text = re.sub(r"(?<!\d)\d{17}[\dXx](?!\d)", lambda m: mask_id(m.group()), text)
    return re.sub(r"(?<!\d)1[3-9]\d{9}(?!\d)", lambda m: mask_mobile(m.group()), text)
