/** What runc and crun say of a mount or a limit: its "not found" and "permission denied" are not the command's. */
const notTheCommand = /mounting .+ to rootfs|setting rlimit|setrlimit/
/** How they name the command: `exec "x"`, `executable file`, `the path … is not a regular file`. */
const theCommand = /(?:^|[^\w/])exec(?:utable)?\b|the path `[^`]*` (?:exists but|is not)/

/**
 * The exit status that the words of an OCI runtime mean, as a shell would have it: 127 where the command was not found, 126
 * where it can't be run; null where something else failed.
 */
export function statusOfRefusal(engineMessage: string): 126 | 127 | null {
  if (isNotOfCommand(engineMessage) || !theCommand.test(engineMessage)) return null
  if (!/OCI (runtime|permission)/.test(engineMessage)) return null
  if (
    /executable file .* not found|no such file or directory|command that was not found/i.test(engineMessage)
  )
    return 127
  return /permission denied|is a directory|not permitted/i.test(engineMessage) ? 126 : null
}

/** Whether the runtime's words are about a mount or a limit. */
export function isNotOfCommand(engineMessage: string): boolean {
  return notTheCommand.test(engineMessage)
}

/** What to do about a refusal to start with that status. */
export function hintOfRefusal(status: number | null): string {
  if (status === 127) return 'Is the command in the image, and in its PATH?'
  if (status === 126) return 'Is the command a file that may be executed?'
  return "Look at the options of the run (user, mounts, network, limits), then at the Engine's log: `journalctl -u docker`."
}
