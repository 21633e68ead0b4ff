# Was im Fenster steht: Knöpfe, Beschriftungen, Hinweise, Hilfe. Ein Satz mit `-hint` am Ende erscheint, wenn der Zeiger
# auf dem ruht, was davor steht. Werkzeuge und Stoffe stehen unter schmalen Knöpfen: ein Test misst ihre Namen.

## Werkzeuge: jedes nach seiner `id`

tool-pour = Gießen
pour-not-into-walls = In eine Wand lässt sich nichts gießen: Graben trägt sie ab
tool-pour-hint = Gieß den gewählten Stoff
tool-erase = Löschen
erase-not-walls = Löschen lässt Wände, wie sie sind: Graben trägt sie ab
tool-erase-hint = Nimm weg, was da ist, außer Wänden
tool-wall = Wand
tool-wall-hint = Zeichne eine Wand
tool-dig = Graben
tool-dig-hint = Schneide Wände weg
tool-tap = Hahn
tool-tap-hint = Setz einen Hahn, der zwei Minuten lang den gewählten Stoff gießt; Löschen stoppt ihn
tool-copier = Kopierer
tool-copier-hint = Setz eine Quelle, die vermehrt, was durch sie fließt; Löschen stoppt sie
tool-push = Stoßen
tool-push-hint = Stoß, was da ist, in die Richtung, in die du ziehst
tool-burst = Sprengen
tool-burst-hint = Spreng auseinander, was da ist
tool-heat = Heizen
tool-heat-hint = Erwärme, was da ist, bis es schmilzt oder kocht
tool-cool = Kühlen
tool-cool-hint = Kühl, was da ist, bis es gefriert
tool-wheel = Rad
tool-wheel-hint = Setz ein Rad, das sich dreht, was auch dagegendrückt
tool-only = Nur
tool-only-hint = Nimm einen einzigen Stoff weg: den, auf dem du beginnst, oder den gewählten
tool-swap = Tausch
tool-swap-hint = Mach aus dem, worauf du beginnst, den gewählten Stoff
tool-vortex = Wirbel
tool-vortex-hint = Dreh im Kreis, was da ist
tool-wind = Wind
tool-wind-hint = Halten und ziehen: er weht die Linie entlang
tool-probe = Sonde
tool-probe-hint = Sieh, was da ist, und nimm es mit einem Klick

## Stoffe: jeder nach dem Namen seines Ordners

material-hint = Was „Gießen“ gießt
group-liquids = Flüssiges
group-powders = Körniges
group-bodies = Körper
group-gases = Gase
group-ground = Boden
group-things = Geräte
group-hint = Für welche Stoffe die Knöpfe daneben sind
material-in-hand = Stoff: { $material }
material-water = Wasser
material-water-hint = Wasser: fließt und spritzt
material-oil = Öl
material-oil-hint = Öl: träge, schwimmt auf Wasser
material-mercury = Quecksilber
material-mercury-hint = Quecksilber: schwer, sinkt unter Wasser
material-sand = Sand
material-sand-hint = Sand: häuft sich auf und rutscht, wo es steil ist
material-jelly = Gelee
material-jelly-hint = Gelee: hält zusammen und wackelt
material-honey = Honig
material-honey-hint = Honig: legt sich in Falten und verläuft langsam
material-mud = Schlamm
material-mud-hint = Schlamm: bleibt in Klumpen und gibt nach, wenn man ihn schiebt
material-rubber = Gummi
material-rubber-hint = Gummi: federt zurück
material-wood = Holz
material-wood-hint = Holz: steif, schwimmt
material-ice = Eis
material-ice-hint = Eis: steif, schwimmt tief und schmilzt
material-stone = Stein
material-stone-hint = Stein: steif und schwer
material-steel = Stahl
material-steel-hint = Stahl: steif und am schwersten
material-steam = Dampf
material-steam-hint = Dampf: steigt auf und regnet ab, wenn er abkühlt
material-lava = Lava
material-lava-hint = Lava: zäh und heiß, lässt Wasser kochen und wird zu Stein
material-fire = Feuer
material-fire-hint = Feuer: steigt auf und zündet an, was brennt
material-smoke = Rauch
material-smoke-hint = Rauch: steigt langsam auf und verzieht sich
material-ash = Asche
material-ash-hint = Asche: leichte Körner, die von verbranntem Holz bleiben
material-gunpowder = Pulver
material-gunpowder-hint = Schwarzpulver: geht auf einen Schlag hoch, wenn es heiß wird
material-acid = Säure
material-acid-hint = Säure: zerfrisst Stein, Metall und Körper
material-plant = Pflanze
material-plant-hint = Pflanze: trinkt Wasser, wächst davon und brennt
material-blast = Druckwelle
material-blast-hint = Druckwelle: heißes Gas, das Fels bricht
material-gravel = Kies
material-gravel-hint = Kies: was von gebrochenem Fels bleibt
material-rock = Fels
material-rock-hint = Fels: Boden, den Explosionen brechen und Säure zerfrisst
material-soil = Erde
material-soil-hint = Erde: weicher Boden, wird in Wasser zu Schlamm
material-frost = Frost
material-frost-hint = Frost: Boden aus Eis, schmilzt
material-metal = Metall
material-metal-hint = Metall: Boden, der Wärme leitet und kaum bricht
material-fuse = Lunte
material-fuse-hint = Lunte: brennt von einem Ende zum anderen
material-wire = Draht
material-wire-hint = Draht: leitet einen Funken von einem Ende zum anderen
material-spark = Funke
material-spark-hint = Funke: läuft Drähte entlang und zündet an, was brennt
material-spent = Leerer Draht
material-spent-hint = Leerer Draht: hier war gerade ein Funke
material-heater = Heizer
material-heater-hint = Heizer: bleibt bei 600 °C
material-cooler = Kühler
material-cooler-hint = Kühler: bleibt bei −60 °C
material-fan_up = Lüfter ↑
material-fan_up-hint = Lüfter: bläst nach oben, was ihn berührt
material-fan_left = Lüfter ←
material-fan_left-hint = Lüfter: bläst nach links, was ihn berührt
material-fan_right = Lüfter →
material-fan_right-hint = Lüfter: bläst nach rechts, was ihn berührt
material-belt_left = Band ←
material-belt_left-hint = Förderband: trägt nach links, was darauf liegt
material-belt_right = Band →
material-belt_right-hint = Förderband: trägt nach rechts, was darauf liegt
material-drain = Abfluss
material-drain-hint = Abfluss: was ihn berührt, ist weg
material-snow = Schnee
material-snow-hint = Schnee: leicht, steht, wie man ihn baut, und bleibt gepresst, wo ihn etwas trifft
material-glass = Glas
material-glass-hint = Glas: steif, schwer, zerbricht bei einem harten Stoß
material-shards = Scherben
material-shards-hint = Scherben: was von Glas bleibt, häufen sich steil auf
material-pump_up = Pumpe ↑
material-pump_up-hint = Pumpe: treibt kräftig nach oben, was sie berührt
material-pump_left = Pumpe ←
material-pump_left-hint = Pumpe: treibt kräftig nach links, was sie berührt
material-pump_right = Pumpe →
material-pump_right-hint = Pumpe: treibt kräftig nach rechts, was sie berührt
material-air = Luft
material-air-hint = Luft: trägt Rauch und Dampf, und Lüfter treiben sie
material-vane = Schaufel
material-vane-hint = Schaufel: woraus Räder sind
material-piston = Kolben
material-piston-hint = Kolben: woraus Wände sind, die sich schieben

## Die Leiste unten

as-number = { $name }, als Zahl
close-window = Schließen

## Der Zeiger, den Tasten bewegen

pointer-at = bei { $x }, { $y }: { $what }
pointer-left = Zeiger verlassen
nothing-there = nichts
wall-there = Wand

## Die Leiste: Hinweise

with-key = { $what } ({ $key })
size = Größe
size-is = Größe: { $size }
size-hint = Größe des Pinsels: Radius in Zellen ( [ und ], Umschalt und Rad, oder über diesen Knopf ziehen)
tip-round = Rund
tip-round-hint = Ein runder Pinsel (B)
tip-square = Eckig
tip-square-hint = Ein eckiger Pinsel (B)
drawing-free = Frei
drawing-free-hint = Dem Zeiger nach; mit Umschalt eine gerade Linie (J)
drawing-line = Linie
drawing-line-hint = Eine gerade Linie vom Drücken bis zum Loslassen; mit Umschalt waagrecht, senkrecht oder schräg (J)
drawing-box = Rechteck
drawing-box-hint = Ein volles Rechteck von Ecke zu Ecke; mit Umschalt ein Quadrat (J)
drawing-frame = Rahmen
drawing-frame-hint = Der Rand eines Rechtecks, so breit wie der Pinsel; mit Umschalt eines Quadrats (J)
drawing-fill = Füllen
drawing-fill-hint = Alles, was gleich ist und zusammenhängt, bis zu 4096 Zellen (J)

## Die Karte eines Stoffs, und was die Sonde zeigt

# Masse eines Teilchens: die von Wasser ist 1.
card-weight = Gewicht: { $times }-mal das von Wasser
card-row = { $when }: { $becomes }
card-when-above = Über { $degrees } °C
card-when-below = Unter { $degrees } °C
card-when-touching = Neben { $material }
card-when-broken = Zerrissen oder zerdrückt
card-when-struck = Bei hartem Schlag
card-when-aging = Mit der Zeit
card-becomes-warmer = wird wärmer
card-becomes-nothing = verschwindet
card-inert = Reagiert mit nichts
probe-nothing = Nichts
probe-wall = Wand
probe-degrees = Etwa { $degrees } °C
probe-still = in Ruhe
probe-slow = bewegt
probe-fast = schnell
probe-reacts = Reagiert mit { $materials }

## Das Fenster aller Stoffe

materials = Stoffe
materials-hint = Finde jeden Stoff nach seinem Namen, und sieh, was er tut
materials-search = Name eines Stoffs
materials-none = So heißt kein Stoff
group-favourites = Favoriten
favourite = Favorit
favourite-hint = Unter deinen Favoriten behalten

## Die Liste von allem, was man tun kann

acts = Alles tun
acts-search = Schreib, was du tun willst
acts-none = So heißt nichts
act-tool = { $what } (Werkzeug)
act-material = { $what } (Stoff)
act-scene = { $what } (Szene)
act-gravity = Schwerkraft: { $what }
act-tempo = Tempo: { $what }
act-brush = Pinsel: { $what }
act-drawing = Zeichnen: { $what }
pause = Pause
go-on = Weiter
undo = Zurück
undo-hint = Nimmt deinen letzten Strich zurück, für alle
undo-nothing = Von dir gibt es nichts zurückzunehmen: Es geht mit Strichen der letzten zehn Minuten
undo-stays = Was gestoßen oder erwärmt wurde, bleibt, wie es ist
undo-skips = Zurückgenommen ist der Strich davor. Was seitdem gestoßen oder erwärmt wurde, bleibt
redo = Noch einmal
redo-hint = Tut noch einmal, was du zurückgenommen hast
redo-nothing = Es gibt nichts noch einmal zu tun
step = Schritt
step-hint = Pause, dann Schritt für Schritt
tempo = Tempo
tempo-is = Tempo { $tempo }
tempo-hint = Zeitlupe, schneller oder Schritt für Schritt
tempo-for-all = Wie schnell die Zeit geht, für alle
clear = Leeren
clear-hint = Entfernt für alle alles außer Wänden
gravity = Schwere
gravity-hint = Wohin alles fällt
gravity-pulls = Schwerkraft, für alle
gravity-none = keine Schwerkraft
gravity-up = nach oben
gravity-down = nach unten
gravity-left = nach links
gravity-right = nach rechts
scenes = Szenen
scenes-hint = Fang eine andere Szene an

## Die Zeile oben

place-room = Raum { $room }
place-alone = Du spielst allein
connecting-alone = startet
connecting-room = betrete { $room }
people-count = { $count } Leute
state-no-world = warte auf den Raum
state-nobody-computes = steht: niemand rechnet
state-paused = Pause bei Tick { $tick }
state-paused-changes = Pause: Änderungen siehst du, wenn es weitergeht
state-slow = läuft mit { $percent } % · { $state }
state-slow-motion = Zeitlupe { $tempo } · { $state }
state-fast = Tempo { $tempo } · { $state }
state-count = { $count } Teilchen
lend-this-device = Gerät bereitstellen
try-again = Noch einmal
invite = Lad jemanden ein
room = Raum
room-hint = Raum, Leute, Einladung
help = Hilfe

## Das Fenster „Bild“

picture = Bild
picture-and-sound = Bild und Ton
picture-hint = Was Farben bedeuten, Effekte
colours = Farben
colours-material = Was da ist
colours-speed = Wie schnell es ist
colours-pressure = Wie stark es gedrückt wird
colours-heat = Wie warm es ist
colours-strips = Wer es berechnet
effects = Effekte
effect-refraction = Brechung
effect-refraction-hint = Wasser bricht, was dahinter liegt
effect-foam = Schaum
effect-foam-hint = Wo Wasser schnell ist
effect-light = Licht im Wasser
effect-light-hint = Strahlen unter Wellen, helle Netze am Boden, nasse Wände
effect-glow = Glühen
effect-glow-hint = Was heiß ist, beleuchtet, was darum liegt
effect-shimmer = Hitzeflimmern
effect-shimmer-hint = Die Luft flimmert über Heißem
effect-grain = Körnung
effect-grain-hint = Muster und Körner der Stoffe
picture-still = Weniger Bewegung
picture-still-hint = Nichts bewegt sich von selbst, nur was die Welt bewegt
picture-adapts = Weniger zeichnen, wenn Bilder langsam sind
picture-adapts-hint = Lässt weg, was man am wenigsten sieht, und zeichnet dann weniger Bildpunkte, damit das Bild flüssig bleibt
picture-whole = Alles wird gezeichnet.
picture-less = Weggelassen sind gerade: { $what }; { $percent } % der Bildpunkte je Seite.
spared-detail = feine Einzelheiten
spared-foam = Schaum
spared-gathered = Licht unter Wellen, Flimmern
spared-bend = Brechung
picture-yours = All das gilt nur für dich.
picture-files = Als Datei
picture-png = Bild (PNG)
picture-png-hint = Was gerade zu sehen ist, ohne Knöpfe
film-on = Die letzten { $count } Sekunden für einen Film behalten (GIF)
film-on-hint = Zwölf kleine Bilder in der Sekunde bleiben im Speicher; abgeschaltet keines
film-seconds = { $count } s
film-making = wird zusammengesetzt
sound = Ton
sound-on = Ton ist an
sound-on-hint = Wasser, Feuer, Sand und Wind, je nachdem, was zu sehen ist; Taste M
sound-volume = Lautstärke

## Das Fenster des Raums

your-name = Dein Name
nameless = Gast
lend = Dieses Gerät rechnet für den Raum mit
share-of-cpu = seiner CPU
share-of-gpu = seiner GPU
share-hint = Dazwischen ruht es, und der Raum gibt ihm weniger zu rechnen
power-saver = Energie sparen
power-saver-hint = Spielen und zuschauen, nichts berechnen
device-alone = Allein: dieses Gerät rechnet für sich selbst.
device-nobody-computes = Niemand rechnet: die Welt steht, bis jemand ein Gerät bereitstellt.
device-saves-by-itself = Im Akkubetrieb wird von selbst Energie gespart. Das Rechnen bleibt den anderen.
device-on-battery = Im Akkubetrieb, aber sonst rechnet niemand.
device-watches = Du spielst und schaust zu; das Rechnen bleibt den anderen.
show-strips = Zeig, wer was berechnet
show-strips-hint = Färbt jeden Streifen der Welt nach dem, wessen Gerät ihn berechnet (T)
follow = Folgen
follow-hint = Die Ansicht geht mit dem Zeiger dieser Person, bis du sie bewegst
mute = Stumm
mute-hint = Sieh und hör nichts von dieser Person
say = Etwas sagen
say-hint = Sag allen etwas (Enter)
say-send = Sagen
said-by = { $name }:
point = Zeigen
point-hint = Die anderen sehen die Stelle, auf die du als Nächstes drückst (P)
copy-link = Link kopieren
copied = Kopiert
copy-failed = Nicht kopiert: markiere den Link oben
qr-code = QR-Code
qr-code-of = QR-Code von { $link }
world-not-taken = Diese Welt lässt sich gerade nicht speichern, also bleibst du bei ihr: versuch es noch einmal
invite-by-room = Freunde einladen: Öffne unten einen Raum mit einem Namen deiner Wahl. Diese Welt kommt mit, und hier steht dann ein Link zum Verschicken.
only-here = Nur dieser Rechner kann den Link öffnen: sein Server hat kein Netz. Für Freunde geh in ihr Netz und starte Tidepool neu, oder tritt einem Server bei, den sie erreichen.
no-page = Dieses Programm hat keine Seite für Browser (cargo xtask web baut sie). Wer das Programm selbst hat, kann so beitreten:
other-rooms = Andere Räume
rooms-unknown = Sie sind nicht bekannt: { $why }.
join-leaves-world = Wer beitritt, verlässt die eigene Welt, und sie wird nicht aufgehoben. Speichere sie vorher (Strg S), wenn du sie wieder haben willst.
rooms-none = Gerade ist keiner offen.
join = Beitreten
room-people = { $count ->
    [one] 1 Person
   *[other] { $count } Leute
}
room-name = Name des Raums
open-or-join = Öffnen oder beitreten
you-are-here = Du bist in diesem Raum.
name-length = Der Name eines Raums hat 1 bis 32 Zeichen.
name-letters = Nur die Buchstaben a–z, Ziffern, - und _, ohne Leerzeichen.
name-reserved = Diesen Namen braucht der Server selbst: wähle einen anderen.

## Leute

person-nameless = jemand
person-you = du
strip-own = { $name } (du)
person-host = Host
person-behind = { $count } zurück
person-behind-hint = So viele Superschritte hinter dem neuesten
person-share = { $percent } % der Welt
person-tick = { $ms } ms je Tick
person-stands-in = springt für andere ein
person-about-to = rechnet gleich mit
person-watches = spielt und schaut zu
person-away = { $ms } ms entfernt

## Szenen und gespeicherte Welten

# Die Szenen, die dabei sind, jede nach dem Namen ihrer Datei.
scene-dam-break = Dammbruch
scene-fountain = Springbrunnen
scene-materials = Stoffe
scene-u-tube = U-Rohr
scene-volcano = Vulkan und Meer
scene-waterfall = Wasserfall
scene-wheels = Räder
scene-workshop = Werkstatt
scene-sand-clock = Sanduhr
scene-oil-separator = Ölabscheider
scene-jelly-castle = Burg aus Gelee
scene-snow-slope = Schneehang
scene-lava-moat = Lavagraben
scene-dam = Ein Damm zum Brechen
scene-rain-garden = Regengarten
scene-powder-mine = Pulvermine
scene-still = Destille und Kühler
scene-marble-mud = Murmeln und Schlamm
scene-acid-cave = Säurehöhle
scene-forest-fire = Waldbrand
scene-water-wheel = Wasserrad
scene-ice-rink = Eisbahn
scene-empty-lab = Leeres Labor
# Was man in jeder versuchen kann.
scene-volcano-try = Staue die Lava mit einer Wand, oder gieße Wasser darauf und sieh, was aus beiden wird.
scene-sand-clock-try = Dreh die Schwerkraft um, wenn der Sand durch ist, oder gieß Wasser hinterher.
scene-oil-separator-try = Gieß von beidem nach, dann zünde das Öl an: das Wasser darunter brennt nicht.
scene-jelly-castle-try = Wirf Gummi und Stahl auf die Türme, spreng einen, und nimm es zurück.
scene-snow-slope-try = Belade den Hang, bis er abgeht; eine Wand vor den Hütten rettet sie vielleicht.
scene-lava-moat-try = Komm über den Graben: Wasser macht eine Kruste aus Stein, und Hitze öffnet sie wieder.
scene-dam-try = Brich den Damm mit einem Stoß, grab vorher einen Kanal, und sieh, welche Häuser bleiben.
scene-rain-garden-try = Leite den Regen mit Wänden: Was grün ist, wächst, wo es trinkt.
scene-powder-mine-try = Zünde die Lunte oben links mit Feuer an, oder grab dich zu einer Kammer und nimm einen Funken.
scene-still-try = Gieß Öl oder Säure in den Kessel, und sieh, was übergeht und was bleibt.
scene-marble-mud-try = Lass mehr Murmeln fallen und rate, welche schwimmen: im Schlamm, im Sand, im Wasser.
scene-acid-cave-try = Fang die Säure mit etwas, das sie nicht frisst: versuch Glas, Metall und Sand.
scene-forest-fire-try = Nach zwanzig Sekunden schlägt der Blitz ein: schlag eine Schneise, grab einen Graben, oder halte Wasser bereit.
scene-water-wheel-try = Gieß Honig oder Sand in den Teich, oder setz ein Rad, das andersherum dreht (G).
scene-ice-rink-try = Gieß Wasser aufs Eis und sieh es gefrieren; taue ein Loch und lass eine Scheibe sinken.
scene-empty-lab-try = Alles deins. Fang mit einer Wand an, einem Hahn (9) und etwas, das brennt.
scene-fountain-try = Halte einen Strahl mit einer Wand auf, oder leg etwas Leichtes darauf.
scene-dam-break-try = Bau eine Insel, bevor die Welle kommt, dann mach durch Stoßen eigene Wellen.
scene-waterfall-try = Leite den Fall mit einer Wand um, oder grab den See leer.
scene-materials-try = Drück unter Wasser, was schwimmt, und lass los; sieh, was worin versinkt.
scene-workshop-try = Sieh dem Funken zu, dann leg eine eigene Lunte zum Lager.
scene-wheels-try = Setz noch ein Rad (G), und davor etwas, das schwimmt.
scene-u-tube-try = Gieß in eine Seite: Die Spiegel gleichen sich an. Mit Öl nicht.
scenes-alone = Eine andere Welt ersetzt diese. Du kannst es zurücknehmen.
# $count: wie viele im Raum sind.
scenes-for-everyone = Eine andere Welt ersetzt diese für alle { $count } hier. Du kannst es zurücknehmen.
worlds-gallery = Galerie
worlds-yours = Deine
worlds-new = Neu
worlds-hint = Jede ist ein paar Minuten wert: drück auf eine.
world-link-hint = Ein Link zur Seite, der mit dieser Welt beginnt. Eigene Welten sind zu groß für einen Link: gib sie als Datei aus.
new-size = Wie groß
size-small = klein ({ $width } x { $height })
size-usual = üblich ({ $width } x { $height })
size-wide = breit ({ $width } x { $height })
size-huge = riesig ({ $width } x { $height })
new-ground = Auf dem Boden
ground-bare = nichts
ground-water = Wasser
ground-sand = Sand
ground-soil = Erde
ground-snow = Schnee
new-air = Mit Luft
new-air-hint = Wind, und Fahnen aus Rauch und Dampf; kostet etwas Rechenzeit
new-begin = Anfangen
new-title = Eine eigene Welt
save = Speichern
save-hint = Heb diese Welt auf (Strg S)
save-size = { $kb } KB
open = Datei öffnen
open-hint = Mach mit dieser Welt weiter, für alle im Raum; oder ein Bild (PNG, JPEG) für diese Welt
export = Ausgeben
exported = Ausgegeben: { $place }
rename = Umbenennen
never-mind = Doch nicht
throw-away = Löschen
thrown-away = „{ $name }“ ist gelöscht.
bring-back = Zurückholen
kept-by-itself = Was du hattest
saves-none = Noch ist nichts gespeichert.
saves-drop = Gespeicherte Welten und Bilder (PNG, JPEG) kann man überall hinziehen: ein Bild wird Teil der Welt.
saved = Gespeichert: { $place }
on-the-shelf = { $name }, in diesem Browser (C, Deine)
save-failed = Nicht gespeichert: { $why }. { $instead }
save-name-taken = „{ $name }“ heißt schon eine andere
store-full = der Speicher des Browsers für diese Seite ist voll
store-denied = dieser Browser hebt für diese Seite nichts auf (ein privates Fenster, oder verboten)
ago-now = eben
ago-minutes = vor { $count } min
ago-hours = vor { $count } h
ago-days = vor { $count } Tagen
restore-question = Wiederherstellen, was du hattest ({ $ago })?
restore = Wiederherstellen
no-thanks = Nein
replaced-scene = Eine andere Welt hat angefangen{ $whom }.
replaced-cleared = Alles außer Wänden ist weg{ $whom }.
replaced-save = Eine gespeicherte Welt geht weiter{ $whom }.
replaced-back = Die Welt von vorher ist wieder da{ $whom }.
replaced-for = { " " }für alle { $count } hier
past = Zurück in der Zeit
past-hint = Zurück in der Zeit: alles, wie es vor einigen Augenblicken war
past-nothing = Noch gibt es nichts, wohin man zurück könnte: der Raum merkt sich alle paar Sekunden einen Augenblick.
past-when = Wann
past-go = Von hier an weiter
past-left = in einer verlassenen Welt
past-alone = Die Welt geht zurück. Die von jetzt bleibt hier, damit du zu ihr zurückkannst.
past-all = Die Welt geht für alle { $count } zurück. Wer in der letzten Minute etwas getan hat, wird vorher gefragt. Die Welt von jetzt bleibt hier erreichbar.
past-seconds = vor { $seconds } s
past-minutes = vor { $minutes } min { $seconds } s
past-agree = Einverstanden
past-proposal = { $who } will die Welt zurück, wie sie { $ago } war. Schweigen heißt nein ({ $left } s).
past-waits = Die anderen werden gefragt: { $yes } von { $count } sind einverstanden ({ $left } s).
past-replays = Was getan wurde, geschieht noch einmal: { $percent } %
way-back = Zurücknehmen
way-forth = Doch wieder
save-elsewhere = Schaff dort Platz, oder nenne mit XDG_DATA_HOME einen anderen Ordner.
save-elsewhere-page = Schaff Platz, erlaube dieser Seite, Daten aufzuheben, oder gib die Welt als Datei aus.
file-not-read = { $file } lässt sich nicht lesen: { $why }
file-too-large = { $file } ist zu groß für eine gespeicherte Welt
picture-too-large = { $file } ist zu groß für ein Bild: höchstens { $megapixels } Millionen Pixel, 16 MB
picture-not-read = { $file } ist ein kaputtes Bild oder von unbekannter Art: PNG und JPEG gehen
stencil-hint = Klicke oder zieh ein Rechteck, wo das Bild hin soll. Es wird zu:
stencil-ground = Boden
stencil-loose = Losem
stencil-walls = Wänden
stencil-drop = Weg damit (Esc)
no-folder = dieser Benutzer hat keinen Ordner dafür
no-download = der Browser lässt es nicht zu
among-downloads = { $file }, bei den Downloads

## Hilfe

hint-pour = Drück auf die Welt und zieh, um zu gießen. Andere Stoffe sind unten.
hint-shape = Nun zieh eine Wand oder lösch etwas: die Werkzeuge sind unten.
hint-undo = Nimm es zurück: mit dem Pfeil unten oder Strg Z.
help-tools = Wähl unten ein Werkzeug und zieh es über die Welt. Alle im Raum spielen in derselben Welt.
help-left = Linke Taste, ein Finger
help-left-does = das Werkzeug
help-right = Rechte Taste, zwei Finger
help-right-does = bewegt die Ansicht
help-wheel = Rad, zwei Finger spreizen
help-wheel-does = zoomt
key-tools = { $first } bis { $last }
key-tools-does = Werkzeug wählen
key-arrows = Pfeile
key-arrows-does = ein Zeiger (Umschalt: schnell)
key-use = Enter, Leertaste
key-use-does = das Werkzeug am Zeiger
key-acts = Strg K
key-acts-does = alles finden und tun
key-pick = K, Mittelklick
key-pick-does = nehmen, was da liegt
key-look = I halten
key-look-does = sagen, was dort ist
key-tip = B
key-tip-does = Pinsel rund oder eckig
key-drawing = J
key-drawing-does = frei, Linie, Rechteck, Füllen
key-straight = Umschalt
key-straight-does = gerade zeichnen
key-cancel = Esc
key-cancel-does = Gezeichnetes verwerfen
key-material = Q und E
key-material-does = der Stoff davor, der danach
key-size = [ und ]
key-size-does = Pinselgröße (Umschalt und Rad)
key-undo = Strg Z
key-undo-does = letzten Strich zurücknehmen
key-redo = Strg Y
key-redo-does = ihn noch einmal tun
key-past = F2
key-past-does = zurück in der Zeit
key-pause = Leertaste
key-pause-does = Pause und weiter
key-step = N
key-step-does = ein Tick, während Pause ist
key-tempo = , und .
key-tempo-does = Zeit langsamer, schneller
key-clear = Entf
key-clear-does = alles außer Wänden entfernen
key-move = W A S D
key-move-does = Ansicht bewegen
key-drag = Leertaste, ziehen
key-drag-does = Ansicht bewegen
key-zoom = + und -
key-zoom-does = zoomen
key-fit = F
key-fit-does = die ganze Welt zeigen
key-scenes = C
key-scenes-does = Szenen
key-save = Strg S
key-save-does = Welt speichern
key-room = R
key-room-does = Raum und Leute
key-strips = T
key-strips-does = zeigen, wer was berechnet
key-say = Enter
key-say-does = allen etwas sagen
key-point = P
key-point-does = auf eine Stelle zeigen
key-picture = V
key-picture-does = das Bild: Farben und Effekte
key-sound = M
key-sound-does = Ton an oder aus
key-figures = F3
key-figures-does = Zahlen: Bilder, Ticks, Uploads
key-help = ? oder H
key-help-does = Hilfe; Esc schließt Fenster

## Die Zahlen (F3): jeder Name, und sein Wert mit `-is` am Ende

figure-frames = Bilder
figure-frames-is = { $count } je Sekunde
figure-frame-time = Zeit je Bild
figure-frame-time-is = { $usual } ms, p99 { $worst } ms
figure-upload = Upload
figure-upload-is = { $kb } kB je Bild
figure-tick-time = Zeit je Tick
figure-ms = { $ms } ms
figure-none-here = hier keine
figure-none = –
figure-speed = Tempo
figure-percent = { $percent } %
figure-tick = Tick
figure-particles = Teilchen
figure-peers = Teilnehmer
figure-peers-is = { $count }, { $computing } rechnen
figure-world = Welt
figure-world-is = { $width } x { $height } Zellen
figure-own-strip = eigener Streifen
figure-own-strip-is = { $cells } Zellen breit
figure-computed-by = berechnet von
figure-picture = Bild
figure-picture-is = { $percent } % der Pixel des Fensters je Seite
figure-supersteps = Superschritte
figure-supersteps-is = zu { $ticks } Ticks
figure-exchange = Austausch
figure-stood-in = eingesprungen
figure-stood-in-is = für { $count } Ränder
figure-guesses = Vermutungen
figure-guesses-is = { $count }, { $right } % richtig
figure-taken-back = zurückgenommen
figure-taken-back-is = { $ticks } Ticks, { $ms } ms
figure-digest = Digest
figure-digest-is = { $digest } bei { $tick }

## Wie es spricht und wie groß es ist, im Hilfefenster

language = Sprache
interface-size = Größe

## Die Frage nach dem Mitrechnen

share-the-work = Rechnest du mit?
share-question = Die Leute in einem Raum berechnen seine Welt gemeinsam. Darf Tidepool den Grafikprozessor dieses Geräts, oder ohne einen solchen seine CPU, für einen Teil davon nutzen?
share-costs = Das braucht Strom, solange du im Raum bist. Unter „Raum“ kannst du es jederzeit abschalten; dann spielst du und schaust zu. Solange du allein bist, rechnet es so oder so für dich.
play-and-watch = Nur spielen

## Energie sparen

saver-on-battery = Akkubetrieb: dieses Gerät spielt jetzt nur und schaut zu, und andere rechnen (Energie sparen, unter „Raum“)
saver-power-is-back = das Netzteil ist wieder dran: dieses Gerät rechnet wieder mit
saver-nobody-else = sonst rechnet niemand: dieses Gerät tut es, im Akkubetrieb

## Einen Raum betreten

hosting-failed = Freunde können nicht dazukommen: { $why }
backend-unknown = Rechenwerk: { $why }
