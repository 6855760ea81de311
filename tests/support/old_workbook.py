"""A workbook of Excel 97 (.xls), synthetic, as xlwt 1.3.0 wrote it: nothing kept up writes them.

Sheet 检验结果: a title over four columns, the header 病案号, 项目代码, 结果, 采样时间, three
results (P1 GLU 5.1, P2 HGB <0.01, P1 GLU 7, each at half past eight on a day of January 2023), and
P3 with a formula that was never evaluated. Sheet 病人: 病案号 and 性别 of P1 and P2.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

_PACKED = (
    "eNrtWF1IVFEQnnPvXXdXV11NI40WEdLyJzQfDEnXxNKHVvxJygryb8kwVtlSMsgs27eCIoISXwR76MXqpX/CHqIe"
    "AiMfgiDQxCehH7AfSr3NzL1327UNFEow7lzP3HPmzHzn3Jk5P+7LsYSJodupk7CISkCGBdUOUSEygcVuNJyA/apK"
    "VeNtw6KatKrIbsNARlngYewLK8WQ4j0JEtxSniAHeIflIHRCVYfPm7aCVMZzaBI0h2KhYO5JMIglDlJ4XonMW5iv"
    "YX6TdR8xL2XJBebFqDsh9sOYuyprm57H+6R07otDLuAu27xhST4kw3PK49MXhaZrgR3+I01HV1mHS3HAMGBIK7w+"
    "r5/a6+A6egoakHI9ntzy8rTKyiKPp6iubgKSMO7D8FlNA5g1FvhomilfWbkAlH8Ll1v/ILdhNBfLL0sKQB+ojYKy"
    "OoBbdL9CPYoYbTs/MN47eDgADujmdS6Jp10PqubgFOUErgPAnqDa3IHvNTbVtsfZ3On1tdhVGVC7su1rHa7Dnqvv"
    "u6eqxAkcglRR8uxSYdsX7+wVXD7V+TJm3O56qm7FamVFmQVge96WvHwSFaBRZmN2rQBR2IXsWEM0HSm8BTnDtqBY"
    "XpgO5K0Qz/UEXp5O/PC5G59eeZqr3YdY0sfHjnY4bSQHgApnyAKN48DAQydgyWKLbOZnGXU911OZJ+HawXdGdbJe"
    "2dXPOue4NwPHKWAad2eG1DdhPTBTc88VmHJvxvpIxeTJpJHX7iFIx8OyFe3p6YcckSMGrhHddxtvoW9jb5mn/Lal"
    "2SSnPndVP4HjYR6iuZrA/DH6CNg79MhsISJYCLYgrrUMf2otiW2NlowtRR9dioAlMZZF19diQz7ulahFWD8wjrJE"
    "m6uMX1iPNPNhupTw5Ah4MuNZdTyZ8WzBFuHRpYPw5CBezEcNT4mAp4TNTwmbn8J4Lh1PCeJl63hkJS/CszBeNGfS"
    "Bk4NzVt02dEUreAS9CdP664GhimREuEOeQvPo1+0EimvTU9axSkvRUx5I4G1lI/R9UUEfRGWBFrCO0KSWoqY1Naw"
    "pI6lezDFECLF0CSTTDLJJJNWLwn9niDrV2SLfhux6r/rzGNZMH8m+W+pFjrwOY7/Se4EH7790LOs/FkLFmFgiSXa"
    "GL8XEu3F0f3QDs08j/Zl5y/eJkXo9yzZ0Pn3ltByx19Yzjz/8fg/AQmdRyE="
)


def write_old_workbook(folder: Path) -> Path:
    """Write the workbook and return its path."""
    path = folder / "lab.xls"
    path.write_bytes(zlib.decompress(base64.b64decode(_PACKED)))
    return path
