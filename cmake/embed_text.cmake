# SPDX-License-Identifier: MIT
# Script: writes the bytes of IN as a C array SYMBOL to OUT, 16 a line.
file(READ ${IN} hex HEX)
string(REPEAT "." 32 line)
string(REGEX REPLACE "(${line})" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "extern const char ${SYMBOL}[];\nconst char ${SYMBOL}[] = {\n${bytes}0};\n")
