/** How pulls are shown: `auto` (bars on a terminal, else `plain`), `plain` (a line for each change), `none`. */
export const progressModes = ['auto', 'plain', 'none'] as const
export type ProgressMode = (typeof progressModes)[number]
