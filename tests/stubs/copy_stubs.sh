#!/bin/sh
# SPDX-License-Identifier: MIT
# copy_stubs.sh LIST PLAIN MARKED OTHER FOLDER: a copy for each line that LIST prints. Copies and no links: the dynamic
# linker takes links to one file for one library.
set -eu
list=$1 plain=$2 marked=$3 other=$4 folder=$5
rows=$("$list")
rm -rf "$folder/mutants"
mkdir -p "$folder/mutants" "$folder/plugins/hostile"
printf '%s\n' "$rows" | while read -r object file; do
  case $object in
    plain) from=$plain ;;
    marked) from=$marked ;;
    *) from=$other ;;
  esac
  cp --remove-destination "$from" "$folder/$file"
done
