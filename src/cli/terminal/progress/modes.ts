/** How pulls are told of: `auto`, with bars on a terminal, else `plain`, a line for each change; `none`. */
export const progressModes = ['auto', 'plain', 'none'] as const
export type ProgressMode = (typeof progressModes)[number]
