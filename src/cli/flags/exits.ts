type Exits = readonly (readonly [status: string, meaning: string])[]

/** The exit statuses of a command that runs no container. */
export const workExits: Exits = [
  ['0', 'done'],
  ['125', 'holdfast or the Engine failed'],
  ['130, 143', 'ended by SIGINT, SIGTERM'],
  ['141', "the output's reader went away"],
]

/** The exit statuses of `holdfast pull`. */
export const pullExits: Exits = [
  ['0', 'all images were pulled'],
  ['125', 'one or more were not'],
  ['129, 130, 143', 'ended by SIGHUP, SIGINT, SIGTERM'],
  ['141', "the output's reader went away"],
]

/** The exit statuses of `holdfast check`. */
export const checkExits: Exits = [
  ['0', 'all images would survive an outage'],
  ['1', 'one or more would not'],
  ['125', 'holdfast or the Engine failed'],
  ['141', "the output's reader went away"],
]

/** The exit statuses of a command that runs another on this machine. */
export const recordExits: Exits = [
  ['0-255', "the command's own"],
  ['125', 'holdfast or the Engine failed'],
  ['126', "the command can't be run"],
  ['127', 'the command is not found'],
]

/** The exit statuses of `holdfast replay`. */
export const replayExits: Exits = [
  ['0-255', "the command's own; 0 without one"],
  ['1', 'a request was not in the recording'],
  ['125', 'holdfast failed'],
  ['126', "the command can't be run"],
  ['127', 'the command is not found'],
]

/** The exit statuses of `holdfast run`. */
export const runExits: Exits = [
  ['0-255', "the container's own"],
  ['124', 'the run took longer than --timeout'],
  ['125', 'holdfast or the Engine failed'],
  ['126', "the container's command can't be run"],
  ['127', "the container's command is not found"],
  ['130, 143', 'ended by SIGINT, SIGTERM before a container existed'],
  ['141', "the output's reader went away"],
]
