/** Navigation, search and the state of the connection. */
import { hrefOf } from '../state/route.ts'
import { nextTheme, toggleKeys } from '../state/store.ts'
import type { Link, Theme, View } from '../state/view.ts'
import { Icon } from './parts/icons.tsx'

const LINKS: Readonly<Record<Link, readonly [string, string]>> = {
  connecting: ['Connecting…', 'warn'],
  live: ['Live', 'good'],
  reconnecting: ['Reconnecting…', 'warn'],
  refused: ['Token required', 'bad'],
  crowded: ['Too many viewers', 'warn'],
  outdated: ['Outdated: reload', 'bad'],
}

const THEMES: Readonly<Record<Theme, string>> = { system: 'as the system', dark: 'dark', light: 'light' }

const PAGES = [
  { title: 'Overview', route: [], names: [undefined, 'actor'] },
  { title: 'Batches', route: ['batches'], names: ['batches', 'batch', 'operation'] },
  { title: 'Lanes', route: ['lanes'], names: ['lanes'] },
] as const satisfies readonly {
  readonly title: string
  readonly route: readonly string[]
  readonly names: readonly (string | undefined)[]
}[]

export function Header({ view: { link, route, theme, replay } }: { view: View }) {
  const [words, tone] = LINKS[link]
  return (
    <header class="top">
      <a class="brand" href="#/" aria-label="opsbatcher, overview">
        <Icon name="mark" />
        <span>opsbatcher</span>
      </a>
      <nav aria-label="Views">
        {PAGES.map((page) => {
          const names: readonly (string | undefined)[] = page.names
          return (
            <a
              key={page.title}
              href={hrefOf(...page.route)}
              aria-current={names.includes(route[0]) ? 'page' : undefined}
            >
              {page.title}
            </a>
          )
        })}
      </nav>
      <search>
        <form
          class="search"
          onSubmit={(event) => {
            event.preventDefault()
            const field = event.currentTarget.querySelector('input')
            if (field === null || field.value.trim() === '') return
            location.hash = hrefOf('search', field.value.trim())
            field.value = ''
            field.blur()
          }}
        >
          <Icon name="search" />
          <input
            id="search"
            type="search"
            placeholder="Operation, transaction, batch, account"
            aria-label="Search"
            autocomplete="off"
            spellcheck={false}
          />
          <kbd>/</kbd>
        </form>
      </search>
      <span class={`link tone-${tone} ${link}`} role="status">
        {words}
        {replay !== null && link === 'live' && <small>{replay.file === null ? 'paused' : 'recording'}</small>}
      </span>
      <button type="button" class="icon" title={`Colours: ${THEMES[theme]} (T)`} onClick={nextTheme}>
        <Icon name={theme} />
      </button>
      <button type="button" class="icon" title="Keys (?)" onClick={toggleKeys}>
        <Icon name="help" />
      </button>
    </header>
  )
}
