#!/bin/sh
# Cleans up after the process that holds the other end of its standard input, however that process ends (kill -9
# included). Started by workspace.ts, in a session of its own: reaper.sh FOLDER. In FOLDER/reap/ are the claims:
#   group.<name>  "<process group> <signal to stop it with>"
#   keep          the folder is to stay (KIT_KEEP=1)
# After an orderly stop the claims are gone and nothing is left to do.
folder=$1
trap '' INT TERM HUP QUIT
cat >/dev/null

groups() { cat "$folder"/reap/group.* 2>/dev/null; }

groups | while read -r group signal; do kill -s "$signal" -- "-$group" 2>/dev/null; done
for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  alive=$(groups | while read -r group signal; do kill -s 0 -- "-$group" 2>/dev/null && echo "$group"; done)
  [ -z "$alive" ] && break
  sleep 0.2
done
for group in $alive; do kill -s KILL -- "-$group" 2>/dev/null; done

# A folder without claims was given up in order; its owner may keep it.
if [ -d "$folder/reap" ]; then
  if [ -e "$folder/reap/keep" ]; then rm -rf "$folder/reap"; else rm -rf "$folder"; fi
fi
