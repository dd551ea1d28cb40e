/// The look of the HTML report: one narrow style sheet, light and dark by the reader's setting.
enum ReportStyle {
    static let sheet = """
        :root { color-scheme: light dark; --ink: #1c2430; --soft: #5d6878; --rule: #dfe3e8; --paper: #ffffff; \
        --ground: #f5f6f8; --tint: 0 114 178 }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --soft: #9aa5b4; --rule: #323a45; \
        --paper: #171c23; --ground: #0f1318; --tint: 86 172 230 } }
        * { box-sizing: border-box }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
        main { max-width: 1160px; margin: 0 auto; padding: 32px 20px 64px }
        h1 { font-size: 26px; margin: 0 0 4px } h2 { font-size: 18px; margin: 36px 0 12px }
        h3 { font-size: 15px; margin: 20px 0 8px }
        p { margin: 0 0 12px; color: var(--soft) }
        .card { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 16px; \
        overflow-x: auto }
        .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 16px }
        .fit { display: flex; flex-wrap: wrap; gap: 16px; align-items: flex-start } .fit .card { max-width: 100% }
        .chart { display: block; width: 100%; height: auto; max-width: 460px }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums }
        .wide { width: 100% }
        th, td { padding: 5px 12px; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap }
        th[rowspan] { vertical-align: top } th { font-weight: 600; color: var(--soft) } \
        tbody:last-child tr:last-child > *, tbody:last-child th[rowspan] { border-bottom: 0 }
        .left { text-align: left } tbody .left { color: var(--ink) }
        caption { text-align: left; font-weight: 600; padding-bottom: 8px }
        .main { font-weight: 600 }
        .matrix td { text-align: center; min-width: 48px; border: 2px solid var(--paper); padding: 7px 8px; \
        background: rgb(var(--tint) / calc(var(--share) * 0.6)) }
        .matrix th { border: 0; padding: 5px 8px } .matrix thead th { text-align: center; font-weight: 400 }
        .matrix .axis { color: var(--soft); font-weight: 400; font-size: 13px }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 20px; margin: 0 } dt { color: var(--soft) }
        dd { margin: 0; overflow-wrap: anywhere }
        pre { margin: 0; font: 13px/1.5 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
        @media print { body { background: none } .card { break-inside: avoid } }
        """
}
