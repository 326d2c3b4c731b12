// Importing this file alone takes a third of the time of importing the whole of undici, which publishes no types for them.
declare module 'undici/lib/dispatcher/client.js' {
  export { Client as default } from 'undici'
}
