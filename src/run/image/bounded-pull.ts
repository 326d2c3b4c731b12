import type { Emit } from '../events.ts'
import { type Budget, PullBudget } from './limits.ts'
import type { PullEnd } from './pull-attempts.ts'
import { type SharedRequest, sharePull } from './shared-pull.ts'

/** A pull, and what bounds it. */
export interface BoundedPull extends SharedRequest {
  budget: Budget
}

/** Pulls within the budget; callers that pull the same image at the same time share one pull. */
export async function boundedPull(request: BoundedPull): Promise<PullEnd> {
  using budget = new PullBudget(request.budget, request.reference, request.reason === 'refresh')
  const signal = AbortSignal.any([request.signal, budget.signal])
  const emit: Emit = event => {
    budget.observe(event)
    // A try that does not fit into the budget does not come.
    if (event.type !== 'retry' || !budget.signal.aborted) request.emit(event)
  }
  try {
    return await sharePull({ ...request, signal, emit })
  } catch (error) {
    request.signal.throwIfAborted()
    throw error
  }
}
