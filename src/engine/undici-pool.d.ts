// Importing the pool alone takes a third of the time of importing the whole of undici, which publishes no types for it.
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici'
}
