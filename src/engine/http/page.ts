const titleLimit = 200

/** The text with each HTML page in it cut down to its title: `502: <html>… Bad Gateway …</html>`. */
export function shortenPages(text: string): string {
  return text.replace(/<(?:!doctype html|html)\b[\s\S]*?(?:<\/html>|$)/gi, page => {
    const title = pageTitle(page)
    return title === '' ? '<html>…</html>' : `<html>… ${title} …</html>`
  })
}

/** The title of an HTML page, else its first heading; '' where it has neither. */
export function pageTitle(page: string): string {
  // Bounded, so that the time stays linear where no tag is closed.
  const found = /<title\b[^>]{0,200}>([^<]*)/i.exec(page) ?? /<h1\b[^>]{0,200}>([^<]*)/i.exec(page)
  // Go quotes a page with its line ends escaped.
  const title = (found?.[1] ?? '').replace(/(?:\s|\\[nrt])+/g, ' ').trim()
  return title.length > titleLimit ? `${title.slice(0, titleLimit)}…` : title
}
