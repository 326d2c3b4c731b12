/** The state of a layer; `existing` was local before the pull. */
export type Step = 'waiting' | 'downloading' | 'retrying' | 'downloaded' | 'extracting' | 'done' | 'existing'

/** A layer of an image that is being pulled. */
export interface Layer {
  readonly id: string
  step: Step
  /** Bytes received. */
  current: number
  /** Total bytes; undefined until the Engine reports a size, which it may never do. */
  total: number | undefined
  /** Progress of the extraction: bytes of `total`, or seconds when the Engine reports no total. */
  extracted: { current: number; total: number | undefined }
  /** The Engine's current status text. */
  status: string
  /** This pull downloaded it, or a part of it. */
  fetched: boolean
}

/** Whether all of its bytes have been downloaded. */
export const isReceived = ({ step }: Layer) =>
  step === 'downloaded' || step === 'extracting' || step === 'done'

/** Whether nothing is left to do for it. `docker`: the Engine reports extraction. */
export function isComplete({ step }: Layer, docker: boolean): boolean {
  return step === 'done' || step === 'existing' || (step === 'downloaded' && !docker)
}
