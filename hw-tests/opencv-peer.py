#!/usr/bin/env python3
"""The same face path with OpenCV's FaceDetectorYN and FaceRecognizerSF, one thread, for comparison.

Started by `face-report` and by the `faces` test with the folder of the two model files as its
argument. Reads one JSON object a line, answers each with one:

    {"do": "version"}
    {"do": "frames", "pictures": [PATH...], "into": FOLDER}      camera frames with one face each
    {"do": "frame", "path": PATH}                               timed: from JPEG to embedding
    {"do": "embed", "path": PATH, "side": 640, "border": 0.25}   embedding of the largest face

Needs numpy and opencv-python-headless 4.8 to 4.x, which `fetch-models --opencv` installs into a
folder of its own. (OpenCV 5.0 does not read the published int8 file of SFace.)
"""

import json
import pathlib
import sys
import time

import cv2
import numpy

YUNET = "face_detection_yunet_2023mar_int8bq.onnx"
SFACE = "face_recognition_sface_2021dec_int8bq.onnx"
FRAME = (640, 480)

cv2.setNumThreads(1)
models = pathlib.Path(sys.argv[1])
detector = cv2.FaceDetectorYN.create(str(models / YUNET), "", (320, 240), 0.6, 0.3, 5000)
recognizer = cv2.FaceRecognizerSF.create(str(models / SFACE), "")


def rounded(length):
    """Halves go up. (Python's round takes them to the even side.)"""
    return int(length + 0.5)


def detect(image, side):
    """The largest face, searched for in the picture shrunk to `side` pixels."""
    height, width = image.shape[:2]
    scale = min(1.0, side / max(width, height))
    small = image
    if scale < 1.0:
        size = (max(1, rounded(width * scale)), max(1, rounded(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    detector.setInputSize((small.shape[1], small.shape[0]))
    faces = detector.detect(small)[1]
    if faces is None:
        return None
    face = max(faces, key=lambda face: face[2] * face[3]).copy()
    face[:14] /= scale
    return face


def frames(pictures, into):
    """Camera frames: the face of each picture about 160 pixels wide, JPEG with 4:2:2 colour."""
    made = []
    for number, path in enumerate(pictures):
        picture = cv2.imread(path)
        face = detect(picture, 640)
        scale = 160.0 / face[2]
        centre = (face[0] + face[2] / 2, face[1] + face[3] / 2)
        move = numpy.float32([[scale, 0, FRAME[0] / 2 - scale * centre[0]],
                              [0, scale, FRAME[1] / 2 - scale * centre[1]]])
        # Shrunk by area first: the move alone would leave steps behind.
        if scale < 1.0:
            size = [max(1, rounded(length * scale)) for length in picture.shape[1::-1]]
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            move[0, 0] = move[1, 1] = 1
        frame = cv2.warpAffine(picture, move, FRAME, borderMode=cv2.BORDER_REPLICATE)
        target = str(pathlib.Path(into) / f"frame-{number:02}.jpg")
        cv2.imwrite(target, frame, [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
                                    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422])
        made.append(target)
    return {"frames": made}


def frame(path):
    data = numpy.frombuffer(pathlib.Path(path).read_bytes(), numpy.uint8)
    wall, laps = time.perf_counter(), [time.process_time()]
    lap = lambda: laps.append(time.process_time())
    image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    lap()
    face = detect(image, 320)
    lap()
    aligned = recognizer.alignCrop(image, face)
    lap()
    embedding = recognizer.feature(aligned)
    lap()
    wall = time.perf_counter() - wall
    return {"wall": 1e3 * wall, "parts": [1e3 * (b - a) for a, b in zip(laps, laps[1:])],
            "embedding": embedding[0].tolist()}


def embed(path, side, border=0.0):
    image = cv2.imread(path)
    if border:
        height, width = image.shape[:2]
        colour = image[0, [0, -1]].astype(int).sum(axis=0) // 2
        across, down = rounded(width * border), rounded(height * border)
        image = cv2.copyMakeBorder(image, down, down, across, across, cv2.BORDER_CONSTANT,
                                   value=[int(value) for value in colour])
    face = detect(image, side)
    if face is None:
        return {"error": f"no face in {path}"}
    return {"embedding": recognizer.feature(recognizer.alignCrop(image, face))[0].tolist()}


TASKS = {"version": lambda: {"version": cv2.__version__}, "frames": frames, "frame": frame,
         "embed": embed}

for line in sys.stdin:
    request = json.loads(line)
    answer = TASKS[request.pop("do")](**request)
    print(json.dumps(answer), flush=True)
