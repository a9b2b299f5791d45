"""Files of runs and stores, on this machine or behind an address: whole ones, journals, locks.

Every room writes through here, so a kill, a full disk or a second writer is met in one way.
`whole` replaces a file in one step, `journal` appends lines that are on the disk when the call
returns, `lock` lets one process write at a time, `reading` says in words what can't be read.
`places` tells paths from addresses (s3://...), where files are written whole and nothing else is
done: a journal there is numbered parts, and no lock is held.
"""
