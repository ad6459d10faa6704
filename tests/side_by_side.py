"""Runs the journeys of several stores at the same time, each store's one after the other, and prints each journey's
output in one piece: most of a journey is waiting, for starts, mails and pages."""

import subprocess
import sys
import threading

ENDS = (" passed (", " FAILED: ", " SKIPPED: ")


def run(commands):
    """Runs the commands, each a list of arguments that prints `# NAME …` before and behind a journey, and
    `journeys: …` at its end. Returns how many journeys passed, those that failed, how many were skipped, and
    whether a command ended otherwise than with such a line."""
    printing = threading.Lock()
    results = []
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        for command in commands
    ]
    readers = [threading.Thread(target=read, args=(child, printing, results)) for child in children]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    finally:
        # A signal unwinds, and so do the children then.
        for child in children:
            if child.poll() is None:
                child.terminate()
        for child in children:
            child.wait()
    is_cut_off = len(results) < len(commands)
    passed, skipped = sum(of[0] for of in results), sum(of[2] for of in results)
    failed = [name for of in results for name in of[1]]
    return passed, failed, skipped, is_cut_off


def read(child, printing, results):
    """Prints the child's output, a journey at a time."""
    piece = []
    passed, failed, skipped = 0, [], 0
    is_complete = False

    def show():
        with printing:
            sys.stdout.write("".join(piece))
            sys.stdout.flush()
        piece.clear()

    for line in child.stdout:
        if line.startswith("journeys: "):
            is_complete = True
            continue
        if line.startswith("Failed: "):
            continue
        piece.append(line)
        end = next((end for end in ENDS if line.startswith("# ") and end in line), None)
        if end is None:
            continue
        passed += end == " passed ("
        skipped += end == " SKIPPED: "
        if end == " FAILED: ":
            failed.append(line[2:].split(end)[0])
        show()
    show()
    if is_complete:
        results.append((passed, failed, skipped))
