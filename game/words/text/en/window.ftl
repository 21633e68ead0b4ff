# What stands in the window: buttons, labels, hints, help. A sentence with `-hint` at its end is shown when the pointer
# rests on what is named before it.
# What stands between [[ and ]] names keys, and is left out where there are none.

## Tools: each by its `id`

tool-pour = Pour
pour-not-into-walls = Nothing can be poured into a wall: Dig cuts it away
tool-pour-hint = Pour the material in hand
tool-erase = Erase
erase-not-walls = Erase leaves walls as they are: Dig cuts them
tool-erase-hint = Take away what is there, but walls
tool-wall = Wall
tool-wall-hint = Draw a wall
tool-dig = Dig
tool-dig-hint = Cut walls away
tool-tap = Tap
tool-tap-hint = Set a tap that pours the material in hand for two minutes; erase it to stop it
tool-copier = Copier
tool-copier-hint = Set a spring that makes more of whatever flows through it; erase it to stop it
tool-push = Push
tool-push-hint = Push what is there the way you drag
tool-burst = Burst
tool-burst-hint = Blow apart what is there
tool-heat = Heat
tool-heat-hint = Warm what is there, until it melts or boils
tool-cool = Cool
tool-cool-hint = Cool what is there, until it freezes
tool-wheel = Wheel
tool-wheel-hint = Place a wheel that turns, whatever pushes it
tool-only = Only
tool-only-hint = Take away one material alone: that on which you begin, or the one in hand
tool-swap = Swap
tool-swap-hint = Make of what you begin on the material in hand
tool-vortex = Vortex
tool-vortex-hint = Turn what is there round and round
tool-wind = Wind
tool-wind-hint = Hold it and pull: it blows along the line
tool-probe = Probe
tool-probe-hint = See what is there, and click to take it in hand
tool-drag = Drag
tool-drag-hint = Hold something and take it along; let go while it moves, and it flies on
drag-stays = What stays where it is cannot be dragged
tool-stamp = Stamp
tool-stamp-hint = Drag over what is to be copied; then each press pastes it[[. R turns it, M mirrors it, Esc drops it]]
stamp-too-large = That is more than a stamp holds: at most 32,768 particles, and 512 cells to a side
stamp-empty = There is nothing to copy
stamp-failed = It could not be copied

## Materials: each by its folder's name

material-hint = What the pour tool pours
group-liquids = Liquids
group-powders = Powders
group-bodies = Bodies
group-gases = Gases
group-ground = Ground
group-things = Things
group-hint = Which materials the buttons beside this are for
# $material: its name.
material-in-hand = Material: { $material }
material-water = Water
material-water-hint = Water: flows and splashes
material-oil = Oil
material-oil-hint = Oil: slow, and floats on water
material-mercury = Mercury
material-mercury-hint = Mercury: heavy, sinks below water
material-sand = Sand
material-sand-hint = Sand: heaps up, and slides where it is steep
material-jelly = Jelly
material-jelly-hint = Jelly: holds together and wobbles
material-honey = Honey
material-honey-hint = Honey: folds as it lands, and spreads slowly
material-mud = Mud
material-mud-hint = Mud: holds lumps, and gives way when it is pushed
material-rubber = Rubber
material-rubber-hint = Rubber: bounces
material-wood = Wood
material-wood-hint = Wood: stiff, and floats
material-ice = Ice
material-ice-hint = Ice: stiff, floats low, and melts
material-stone = Stone
material-stone-hint = Stone: stiff and heavy
material-steel = Steel
material-steel-hint = Steel: stiff, and the heaviest
material-steam = Steam
material-steam-hint = Steam: rises, and rains as it cools
material-lava = Lava
material-lava-hint = Lava: thick and hot, boils water and turns to stone
material-fire = Fire
material-fire-hint = Fire: rises, and lights what burns
material-smoke = Smoke
material-smoke-hint = Smoke: rises slowly and thins out
material-ash = Ash
material-ash-hint = Ash: light grains, what burnt wood leaves
material-gunpowder = Gunpowder
material-gunpowder-hint = Gunpowder: goes up at once when it gets hot
material-acid = Acid
material-acid-hint = Acid: eats stone, metal and bodies
material-plant = Plant
material-plant-hint = Plant: drinks water and grows by it, and burns
material-blast = Blast
material-blast-hint = Blast: hot gas that breaks rock
material-gravel = Gravel
material-gravel-hint = Gravel: what rock breaks into
material-rock = Rock
material-rock-hint = Rock: ground that blasts break and acid eats
material-soil = Soil
material-soil-hint = Soil: soft ground, turns to mud in water
material-frost = Frost
material-frost-hint = Frost: ground of ice, melts
material-metal = Metal
material-metal-hint = Metal: ground that carries heat, and hardly breaks
material-fuse = Fuse
material-fuse-hint = Fuse: burns from end to end
material-wire = Wire
material-wire-hint = Wire: carries a spark from end to end
material-spark = Spark
material-spark-hint = Spark: runs along wires and lights what burns
material-spent = Spent wire
material-spent-hint = Spent wire: where a spark has just been
material-heater = Heater
material-heater-hint = Heater: stays at 600 °C
material-cooler = Cooler
material-cooler-hint = Cooler: stays at −60 °C
material-fan_up = Fan, up
material-fan_up-hint = Fan: blows up what touches it
material-fan_left = Fan, left
material-fan_left-hint = Fan: blows to the left what touches it
material-fan_right = Fan, right
material-fan_right-hint = Fan: blows to the right what touches it
material-belt_left = Belt, left
material-belt_left-hint = Belt: carries to the left what lies on it
material-belt_right = Belt, right
material-belt_right-hint = Belt: carries to the right what lies on it
material-drain = Drain
material-drain-hint = Drain: what touches it is gone
material-snow = Snow
material-snow-hint = Snow: light, stands as it is built, stays pressed where it is hit
material-glass = Glass
material-glass-hint = Glass: stiff, heavy, and breaks when it is hit hard
material-shards = Shards
material-shards-hint = Shards: what is left of glass, and heaps steeply
material-pump_up = Pump, up
material-pump_up-hint = Pump: drives what touches it upwards, hard
material-pump_left = Pump, left
material-pump_left-hint = Pump: drives what touches it to the left, hard
material-pump_right = Pump, right
material-pump_right-hint = Pump: drives what touches it to the right, hard
material-air = Air
material-air-hint = Air: carries smoke and steam, and fans drive it
material-vane = Vane
material-vane-hint = Vane: what wheels are of
material-piston = Piston
material-piston-hint = Piston: what walls that slide are of

## The bar at the bottom

# $name: of a slider.
as-number = { $name }, as a number
close-window = Close

## The pointer that keys move

# $x, $y: a cell, $what: what is there.
pointer-at = at { $x }, { $y }: { $what }
pointer-left = pointer left
nothing-there = nothing
wall-there = wall

## The bar: hints

# $what: a hint, $key: the key that does the same.
with-key = { $what }[[ ({ $key })]]
size = Size
# $size: a radius in cells.
size-is = Size: { $size }
size-hint = Size of the brush: radius in cells ([[ [ and ], Shift and the wheel, or ]]drag over this button)
tip-round = Round
tip-round-hint = A round brush[[ (B)]]
tip-square = Square
tip-square-hint = A square brush[[ (B)]]
drawing-free = By hand
drawing-free-hint = Along the pointer's way[[; a straight line with Shift (J)]]
drawing-line = Line
drawing-line-hint = A straight line from where you press to where you let go[[; level, upright or halfway with Shift (J)]]
drawing-box = Rectangle
drawing-box-hint = A filled rectangle from corner to corner[[; a square with Shift (J)]]
drawing-frame = Frame
drawing-frame-hint = The edges of a rectangle, as wide as the brush[[; of a square with Shift (J)]]
drawing-fill = Fill
drawing-fill-hint = All that is alike and hangs together, up to 4096 cells[[ (J)]]

## The card of a material, and what the probe shows

# Mass of a particle: water's is 1.
card-weight = Weight: { $times } times that of water
card-row = { $when }: { $becomes }
card-when-above = Above { $degrees } °C
card-when-below = Below { $degrees } °C
card-when-touching = Beside { $material }
card-when-broken = Torn or crushed
card-when-struck = Struck hard
card-when-aging = With time
card-becomes-warmer = gets warmer
card-becomes-nothing = vanishes
card-inert = Reacts with nothing
probe-nothing = Nothing
probe-wall = Wall
probe-degrees = About { $degrees } °C
probe-still = at rest
probe-slow = moving
probe-fast = fast
probe-reacts = Reacts with { $materials }
probe-take = Take it in hand

## The window of all materials

materials = Materials
materials-hint = Find any material by its name, and see what it does
materials-search = Name of a material
materials-none = No material is called that
group-favourites = Favourites
favourite = Favourite
favourite-hint = Keep it among your favourites

## The list of all that can be done

acts = Do anything
acts-search = Type what you want to do
acts-none = Nothing is called that
act-tool = { $what } (tool)
act-material = { $what } (material)
act-scene = { $what } (scene)
act-gravity = Gravity: { $what }
act-tempo = Speed: { $what }
act-brush = Brush: { $what }
act-drawing = Draw: { $what }
act-copy = Stamp: copy a part of the world
act-paste = Stamp: take what was copied in hand again
act-turn = Stamp: turn
act-mirror = Stamp: mirror
act-drop = Stamp: drop
pause = Pause
go-on = Go on
undo = Take back
undo-hint = Take your last stroke back, for everyone
undo-nothing = There is nothing of yours to take back: strokes of the last ten minutes can be
undo-stays = What was pushed, dragged or warmed stays as it is
undo-skips = Taken back: the stroke before. What was pushed, dragged or warmed since stays
# $seconds: how many.
undo-turned = Gravity is in all that has moved since: to take it back the whole world goes back, by { $seconds } s
undo-turned-lost = Gravity was changed too long ago to go back there: change it again instead
redo = Do again
redo-hint = Do what you took back again
redo-nothing = There is nothing to do again
step = Step
step-hint = Pause, then one tick at a time
tempo = Speed
# $tempo: a share of real time, such as 1/4.
tempo-is = Speed { $tempo }
tempo-hint = Slow motion, faster, or one tick at a time
tempo-for-all = How fast time goes, for everyone
clear = Clear
clear-hint = Remove everything but walls, for everyone
gravity = Gravity
gravity-hint = Which way everything falls
gravity-pulls = Gravity pulls, for everyone
gravity-none = no gravity
gravity-up = up
gravity-down = down
gravity-left = to the left
gravity-right = to the right
scenes = Scenes
scenes-hint = Begin another scene

## The line at the top

# $room: its name.
place-room = Room { $room }
place-alone = Playing alone
connecting-alone = starting
connecting-room = entering { $room }
people-count = { $count } people
state-no-world = waiting for the room
state-nobody-computes = stopped: nobody computes
# $tick: which one of the world's is shown.
state-paused = paused at tick { $tick }
state-paused-changes = paused: changes show when it goes on
# $percent: of real time; $state: the line that would be shown otherwise.
state-slow = running at { $percent } % · { $state }
state-slow-motion = slow motion { $tempo } · { $state }
state-fast = speed { $tempo } · { $state }
# $count: with its digits grouped.
state-count = { $count } particles
lend-this-device = Lend this device
try-again = Try again
invite = Invite a friend
room = Room
room-hint = Room, people, invitation
help = Help

## The picture's window

picture = Picture
picture-and-sound = Picture and sound
picture-hint = What colours mean, effects
colours = Colours
colours-material = What is there
colours-speed = How fast it is
colours-pressure = How much it is pressed
colours-heat = How warm it is
colours-strips = Who computes it
effects = Effects
effect-refraction = Refraction
effect-refraction-hint = Water bends what lies behind it
effect-foam = Foam
effect-foam-hint = Where water is fast
effect-light = Light in water
effect-light-hint = Shafts below waves, bright nets on floors, wet walls
effect-glow = Glow
effect-glow-hint = What is hot lights what is around it
effect-shimmer = Heat shimmer
effect-shimmer-hint = Air trembles above what is hot
effect-grain = Grain
effect-grain-hint = Patterns and grains of materials
picture-still = Less motion
picture-still-hint = Nothing moves by itself, only what the world moves
picture-adapts = Draw less where frames are slow
picture-adapts-hint = Leaves out what is seen least, then draws fewer pixels, so that the picture stays smooth
picture-whole = Everything is drawn.
picture-less = Left out now: { $what }; { $percent } % of the pixels a side.
spared-detail = fine detail
spared-foam = foam
spared-gathered = light below waves, shimmer
spared-bend = refraction
picture-yours = All of this is for you alone.
picture-files = As a file
picture-png = Picture (PNG)
picture-png-hint = What is seen now, without buttons
film-on = Keep the last { $count } seconds for a film (GIF)
film-on-hint = Twelve small frames a second stay in memory; switched off, none do
film-seconds = { $count } s
film-making = putting it together
sound = Sound
sound-on = Sound is on
sound-on-hint = Water, fire, sand and wind, by what is in sight; key M
sound-volume = volume

## The room's window

your-name = Your name
nameless = guest
lend = Lend this device to the room
share-of-cpu = of its CPU
share-of-gpu = of its GPU
share-hint = It rests in between, and the room gives it less to compute
power-saver = Power saver
power-saver-hint = Play and watch, compute nothing
device-alone = Alone: this device computes for itself.
device-nobody-computes = Nobody computes: the world stands still until somebody lends a device.
device-saves-by-itself = On battery: the power saver came on by itself. Computing is left to others.
device-on-battery = On battery, but nobody else computes.
device-watches = You play and watch; computing is left to others.
show-strips = Show who computes what
show-strips-hint = Tints each strip of the world by whose device computes it[[ (T)]]
follow = Follow
follow-hint = The view goes with this person's pointer, until you move it
mute = Mute
mute-hint = See and hear nothing of this person
say = Say something
say-hint = Say something to everyone[[ (Enter)]]
say-send = Say
# $name: who says it.
said-by = { $name }:
point = Point
point-hint = The others are shown the place that you press next[[ (P)]]
copy-link = Copy link
copied = Copied
copy-failed = Not copied: mark the link above
qr-code = QR code
# $link: the address.
qr-code-of = QR code of { $link }
world-not-taken = This world cannot be saved now, so you stay with it: try again
invite-by-room = Invite friends: open a room by a name of your choice below. This world comes along, and a link to send is here then.
only-here = Only this machine can open this link: its server has no network. For friends, connect to the network that they are in and start Tidepool again, or join a server that they reach.
no-page = This program has no page for browsers (cargo xtask web builds it). Friends who have the program itself can join:
other-rooms = Other rooms
# $why: what went wrong.
rooms-unknown = They are not known: { $why }.
join-leaves-world = Who joins leaves their own world, which is not kept. Save it before[[ (Ctrl S)]] if you want it again.
rooms-none = None is open right now.
join = Join
room-people = { $count ->
    [one] 1 person
   *[other] { $count } people
}
room-name = room name
open-or-join = Open or join
you-are-here = You are in this room.
name-length = A room’s name has 1 to 32 letters.
name-letters = Letters a-z, digits, - and _ only, without spaces.
name-reserved = The server keeps this name for itself: choose another.

## People

person-nameless = someone
person-you = you
strip-own = { $name } (you)
person-host = host
person-behind = { $count } behind
person-behind-hint = Supersteps behind the newest
person-share = { $percent } % of the world
person-tick = { $ms } ms a tick
person-stands-in = stands in for others
person-about-to = about to compute
person-watches = plays and watches
person-away = { $ms } ms away

## Scenes and saves

# The scenes that come with the program, each by its file's name.
scene-dam-break = Dam break
scene-fountain = Fountain
scene-materials = Materials
scene-u-tube = U-tube
scene-volcano = Volcano and sea
scene-waterfall = Waterfall
scene-wheels = Wheels
scene-workshop = Workshop
scene-sand-clock = Sand clock
scene-oil-separator = Oil separator
scene-jelly-castle = Jelly castle
scene-snow-slope = Snow slope
scene-lava-moat = Lava moat
scene-dam = A dam to break
scene-rain-garden = Rain garden
scene-powder-mine = Powder mine
scene-still = Still and condenser
scene-marble-mud = Marble and mud
scene-acid-cave = Acid cave
scene-forest-fire = Forest fire
scene-water-wheel = Water wheel
scene-ice-rink = Ice rink
scene-empty-lab = Empty lab
# What to try in each.
scene-volcano-try = Dam the lava with a wall, or pour water on it and look what becomes of both.
scene-sand-clock-try = Turn gravity round when the sand has run through, or pour water after it.
scene-oil-separator-try = Pour in more of either, then light the oil: the water below does not burn.
scene-jelly-castle-try = Throw rubber and steel at the towers, burst one, and take it back.
scene-snow-slope-try = Load the slope until it comes down; a wall before the huts may save them.
scene-lava-moat-try = Cross the moat: water makes a crust of stone, and heat opens it again.
scene-dam-try = Break the dam with a burst, dig a channel first, and see which houses stay.
scene-rain-garden-try = Lead the rain with walls: what is green grows where it drinks.
scene-powder-mine-try = Light the fuse at the top left with fire, or dig to a chamber and use a spark.
scene-still-try = Pour oil or acid into the kettle, and see what goes over and what stays.
scene-marble-mud-try = Drop more marbles and guess which float: in mud, in sand, in water.
scene-acid-cave-try = Catch the acid with something it does not eat: try glass, metal and sand.
scene-forest-fire-try = Lightning strikes after twenty seconds: cut a gap, dig a ditch, or have water ready.
scene-water-wheel-try = Pour honey or sand into the pond, or place a wheel that turns the other way[[ (G)]].
scene-ice-rink-try = Pour water on the ice and watch it freeze; heat a hole and let a puck sink.
scene-empty-lab-try = All yours. Begin with a wall, a tap (9) and something that burns.
scene-fountain-try = Stop a jet with a wall, or lay something light on it.
scene-dam-break-try = Build an island before the wave comes, then make waves of your own by pushing.
scene-waterfall-try = Lead the fall elsewhere with a wall, or dig the lake empty.
scene-materials-try = Push what floats below and let go; see what sinks in what.
scene-workshop-try = Watch the spark, then build a fuse of your own to the store.
scene-wheels-try = Place another wheel[[ (G)]], and something that floats before it.
scene-u-tube-try = Pour into one side: the levels meet. With oil they do not.
scenes-alone = Another world replaces this one. You can take it back.
# $count: how many people are in the room.
scenes-for-everyone = Another world replaces this one for all { $count } people here. You can take it back.
worlds-gallery = Gallery
worlds-yours = Yours
worlds-new = New
worlds-hint = Each is worth some minutes: press one.
world-link-hint = A link to the page that begins with this world. Worlds of your own are too large for a link: export them as a file.
new-size = How large
size-small = small ({ $width } x { $height })
size-usual = usual ({ $width } x { $height })
size-wide = wide ({ $width } x { $height })
size-huge = huge ({ $width } x { $height })
new-ground = On the floor
ground-bare = nothing
ground-water = water
ground-sand = sand
ground-soil = soil
ground-snow = snow
new-air = With air
new-air-hint = Wind, and plumes of smoke and steam; takes some computing
new-begin = Begin
new-title = A world of one’s own
save = Save
save-hint = Keep this world[[ (Ctrl S)]]
save-size = { $kb } KB
open = Open a file
open-hint = Go on from this world, for everyone in the room; or a picture (PNG, JPEG) or stamp for this world
export = Export
exported = Exported: { $place }
rename = Rename
never-mind = Never mind
throw-away = Delete
thrown-away = “{ $name }” is deleted.
bring-back = Bring it back
kept-by-itself = What you had
kept-makes-room = The world that was kept by itself longest ago has gone: { $count } are kept, and this one is new among them.
saves-none = Nothing is saved yet.
saves-drop = Saves, recordings and pictures (PNG, JPEG) can be dropped anywhere: a picture becomes part of the world.
save-comes-next = A save is being made: yours comes next
saved = Saved: { $place }
on-the-shelf = { $name }, in this browser (Scenes, Yours)
# $why: what went wrong, $instead: what to do.
save-failed = Not saved: { $why }. { $instead }
save-name-taken = Another save is called “{ $name }”
save-gone = “{ $name }” is not there any more: it was deleted or renamed elsewhere
store-full = the browser’s store for this page is full
store-denied = this browser keeps nothing for this page (a private window, or forbidden)
ago-now = just now
ago-minutes = { $count } min ago
ago-hours = { $count } h ago
ago-days = { $count } days ago
# $ago: how long ago.
restore-question = Restore what you had ({ $ago })?
restore = Restore
no-thanks = No
# $whom: empty, or for how many.
replaced-scene = Another world began{ $whom }.
replaced-cleared = All but walls is cleared{ $whom }.
replaced-save = A saved world goes on{ $whom }.
replaced-back = The world of before is back{ $whom }.
replaced-for = { " " }for all { $count } people here
past = Back in time
past-hint = Back in time: everything as it was some moments ago
past-nothing = There is nothing to go back to yet: the room keeps a moment every few seconds.
past-no-picture = No picture was taken then
past-when = When
past-go = Go on from here
past-record = Save recording
past-record-hint = From here to now, as a file: dropped onto the window it plays again. To send it, or to add it to a report of a fault
past-record-nothing = Nothing has happened since then: choose an earlier moment
past-play = Play from here
past-recorded = The recording plays on from there. Whatever you do to the world ends it, and the world is yours.
# $at: minutes and seconds; $end: likewise.
past-recorded-at = { $at } of { $end }
# $at: minutes and seconds; $end: likewise; $count: how many digests were compared.
recording-plays = Recording, { $at } of { $end }: bit for bit as it was ({ $count } digests)
# $at: minutes and seconds; $end: likewise; $time: likewise.
recording-plays-otherwise = Recording, { $at } of { $end }: from { $time } on it is another world
# $room: its name.
recording-alone = the recording plays where nobody else is: you have left room { $room }
past-left = in a world that was left
past-alone = The world goes back. The one of now stays here, so that you can come back to it.
# $count: how many people.
past-all = The world goes back for all { $count } people. Who did something in the last minute is asked first. The world of now stays here, to come back to.
# $seconds: how many.
past-seconds = { $seconds } s ago
# $minutes: how many; $seconds: how many.
past-minutes = { $minutes } min { $seconds } s ago
past-agree = Agree
# $who: a name; $ago: how long ago; $left: seconds left.
past-proposal = { $who } wants the world back as it was { $ago }. Silence is no ({ $left } s).
# $yes: how many agreed; $count: how many people; $left: seconds left.
past-waits = The others are asked whether they agree: { $yes } of { $count } so far ({ $left } s).
# $percent: how much of it is done.
past-replays = Doing again what was done: { $percent } %
way-back = Take it back
way-forth = Undo that
save-elsewhere = Make room there, or name another folder by XDG_DATA_HOME.
save-elsewhere-page = Make room or allow this page to keep data, or export the world as a file.
file-not-read = { $file } cannot be read: { $why }
file-too-large = { $file } is too large for a saved world
# $megapixels: the most, in millions of pixels.
picture-too-large = { $file } is too large for a picture: at most { $megapixels } million pixels, 16 MB
picture-not-read = { $file } is a broken picture, or of a kind that is not known: PNG and JPEG are
stencil-hint = Click or drag a rectangle to put the picture there. It becomes:
stencil-ground = Ground
stencil-loose = Loose
stencil-walls = Walls
stamp-drag = Drag over what is to be copied
stamp-turn = Turn[[ (R)]]
stamp-mirror = Mirror[[ (M)]]
stamp-shelf = Shelf[[ (F4)]]
stamps = Stamps
stamps-copy = Copy a part of the world
stamps-take = Take it in hand
stamps-drop = A stamp’s file can be dropped anywhere.
# $count: how many the shelf keeps.
stamps-none = Nothing was copied yet. What is copied with the stamp is kept here, the last { $count }.
stamp-is-kept = What you copy is kept on the shelf of stamps, too[[ (F4)]]
# $name: what it is called; $count: how many the shelf keeps.
stamp-oldest-went = “{ $name }”, the oldest stamp, made room: the shelf keeps { $count }, up to 12 MB. It can be brought back[[ (F4)]]
# $file: its name; $why: one of the next five.
stamp-not-read = { $file } is not read: { $why }
stamp-file-foreign = it is no stamp
stamp-file-too-large = it is larger than any stamp
# $version, $here: numbers of formats.
stamp-file-version = it is of format { $version }, and this release reads format { $here }
stamp-file-damaged = it is damaged or incomplete
stamp-file-material = it has a material that this release does not know
stencil-drop = Drop it[[ (Esc)]]
no-folder = this user has no folder for it
no-download = the browser does not let it
among-downloads = { $file }, among the downloads

## Help

hint-pour = Press and drag over the world to pour. Other materials are below.
hint-shape = Now draw a wall, or erase something: the tools are below.
hint-undo = Take it back: the arrow below[[, or Ctrl Z]].
help-tools = Choose a tool below and drag over the world. Everyone in the room plays in the same world.
help-left = Left button, one finger
help-left-does = the tool
help-right = Right button, two fingers
help-right-does = move the view
help-wheel = Wheel, pinch
help-wheel-does = zoom
# $first, $last: keys of the first and the last tool.
key-tools = { $first } to { $last }
key-tools-does = choose a tool
key-arrows = Arrows
key-arrows-does = a pointer (with Shift: faster)
key-use = Enter, Space
key-use-does = the tool, at that pointer
key-acts = Ctrl K
key-acts-does = find anything and do it
key-pick = K, middle click
key-pick-does = take what lies there in hand
key-look = I, held
key-look-does = tell what lies there
key-tip = B
key-tip-does = round or square brush
key-drawing = J
key-drawing-does = by hand, line, rectangle, fill
key-straight = Shift
key-straight-does = draw straight
key-cancel = Esc
key-cancel-does = do not make what is drawn
key-material = Q and E
key-material-does = the material before, the one after
key-size = [ and ]
key-size-does = size of the brush (or Shift, wheel)
key-undo = Ctrl Z
key-undo-does = take your last stroke back
key-redo = Ctrl Y
key-redo-does = do it again
key-past = F2
key-past-does = back in time
key-copy = Ctrl C, V
key-copy-does = copy a rectangle, paste what was copied
key-turn = R, M
key-turn-does = turn or mirror the stamp in hand
key-stamps = F4
key-stamps-does = the shelf of stamps
key-pause = Space
key-pause-does = pause and go on
key-step = N
key-step-does = one tick, while paused
key-tempo = , and .
key-tempo-does = time goes slower, faster
key-clear = Delete
key-clear-does = remove everything but walls
key-move = W A S D
key-move-does = move the view
key-drag = Space and drag
key-drag-does = move the view
key-zoom = + and -
key-zoom-does = zoom
key-fit = F
key-fit-does = show the whole world
key-scenes = C
key-scenes-does = scenes
key-save = Ctrl S
key-save-does = save the world
key-room = R
key-room-does = room and people
key-strips = T
key-strips-does = show who computes what
key-say = Enter
key-say-does = say something to everyone
key-point = P
key-point-does = point at what is below the pointer
key-picture = V
key-picture-does = the picture: colours and effects
key-sound = M
key-sound-does = sound on or off
key-figures = F3
key-figures-does = figures: frames, ticks, uploads
key-help = ? or H
key-help-does = this help; Esc closes windows

## The figures (F3): each name, and its value with `-is` at the end

figure-frames = frames
figure-frames-is = { $count } a second
figure-frame-time = frame time
figure-frame-time-is = { $usual } ms, p99 { $worst } ms
figure-upload = upload
figure-upload-is = { $kb } KB a frame
figure-tick-time = tick time
figure-ms = { $ms } ms
figure-none-here = none here
figure-none = none
figure-speed = speed
figure-percent = { $percent } %
figure-tick = tick
figure-particles = particles
figure-peers = peers
figure-peers-is = { $count }, { $computing } computing
figure-world = world
figure-world-is = { $width } x { $height } cells
figure-own-strip = own strip
figure-own-strip-is = { $cells } cells wide
figure-computed-by = computed by
figure-picture = picture
figure-picture-is = { $percent } % of the window’s pixels a side
figure-supersteps = supersteps
figure-supersteps-is = of { $ticks } ticks
figure-exchange = exchange
figure-stood-in = stood in
figure-stood-in-is = for { $count } borders
figure-guesses = guesses
figure-guesses-is = { $count }, { $right } % right
figure-taken-back = taken back
figure-taken-back-is = { $ticks } ticks, { $ms } ms
figure-digest = digest
figure-digest-is = { $digest } at { $tick }

## How it speaks and how large it is, in the help window

language = Language
interface-size = Size

## The question about lending

share-the-work = Share the work?
share-question = The people in a room compute its world together. May Tidepool use this device’s graphics processor, or its CPU where there is none, for a part of it?
share-costs = It takes power while you are in the room. You can switch it off at any time under “Room”; you then play and watch. While you are alone it computes for you either way.
play-and-watch = Play and watch

## The power saver

saver-on-battery = on battery: this device plays and watches now, and others compute (power saver, under Room)
saver-power-is-back = power is back: this device computes again
saver-nobody-else = nobody else computes: this device does, on battery

## Entering a room

hosting-failed = Friends cannot be hosted: { $why }
backend-unknown = backend: { $why }
