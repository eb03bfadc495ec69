/** Draws the page, at most once per frame. */
import { render } from 'preact'
import './styles/index.css'
import { press } from './state/keys.ts'
import { follow } from './state/player.ts'
import { navigated, subscribe } from './state/store.ts'
import { connect } from './state/stream.ts'
import { titleOf } from './state/title.ts'
import type { View } from './state/view.ts'
import { App } from './views/app.tsx'

const root = document.getElementById('page')
let latest: View | null = null
let isDue = false

function draw(view: View): void {
  latest = view
  document.documentElement.dataset['theme'] = view.theme
  document.title = titleOf(view.route)
  follow(view)
  if (isDue) return
  isDue = true
  requestAnimationFrame(() => {
    isDue = false
    if (root !== null && latest !== null) render(<App view={latest} />, root)
  })
}

subscribe(draw)
addEventListener('hashchange', () => {
  navigated()
  scrollTo(0, 0)
})
addEventListener('keydown', press)
connect()
