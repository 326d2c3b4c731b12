import { Worker } from 'bullmq'
import { processBatch } from './processor.ts'

const worker = new Worker('batches', processBatch, {
  connection: { host: process.env.REDIS_HOST ?? '127.0.0.1', port: 6379 },
  concurrency: 8,
})

// SIGTERM cancels: each container gets its stop signal and ten seconds to end.
process.once('SIGTERM', async () => {
  worker.cancelAllJobs('the worker is shutting down')
  await worker.close()
})
