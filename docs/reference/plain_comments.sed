# Doxygen's input filter: the headers have plain comments, this makes ones of them that Doxygen reads. It works line by
# line, so that Doxygen's messages name the right ones.

1s|^/\*$|/** @file|
# Headings stay plain.
/^\/\* ----/b
# An opaque struct is documented only where it has a body.
s|^struct (\w+);$|struct \1 {};|
s|^struct (\w+); +/\* (.*)$|/** \2 struct \1 {};|
# A comment on its own line, and one behind what it describes.
s|^( *)/\*( .*)?$|\1/**\2|
s|^( *[^ /].*) /\* |\1 /**< |
# "1 .. n" is no end of a sentence.
s|([^.])\.\.([^.]\|$)|\1\&hellip;\2|g
# The layout of a state stands on a line of its own.
s|^ \*   (\[ .*)$| * <pre>\1</pre>|
